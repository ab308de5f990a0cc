/**
 * IEEE 754 binary16: 11 binary digits, from 2^-24 to 65504. JavaScript of today has no array of them,
 * so they live in an array of float32 that holds nothing else, and every result is rounded.
 */

/**
 * float16 numbers, each in the room of a float32. Whoever writes here rounds: operations do so by
 * themselves when they are recorded, everybody else calls `roundToFloat16`.
 */
export class Float16Data extends Float32Array {}

const INFINITY = 0x7f800000;
/** As float32 bits: the least normal float16, 2^-14, and where rounding begins to end in infinity. */
const LEAST_NORMAL = 0x38800000;
const TOO_LARGE = 0x477ff000;

/** Rounds every element to the nearest float16, in place; half way to the even one. */
export function roundToFloat16<D extends Float32Array>(data: D): D {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const size = word & 0x7fffffff;
    if (size > INFINITY) continue;
    if (size >= TOO_LARGE) words[i] = (word ^ size) | INFINITY;
    else if (size >= LEAST_NORMAL) words[i] = (word + 0xfff + ((word >>> 13) & 1)) & 0xffffe000;
    else {
      // Below, float16 are 2^-24 apart, as float32 are from 0.5 to 1.
      const x = data[i]!;
      data[i] = Math.fround(Math.abs(x) + 0.5) - 0.5;
      words[i]! |= word ^ size;
    }
  }
  return data;
}

/**
 * The nearest float16.
 *
 * @example
 * float16(0.1) // 0.0999755859375
 * float16(65520) // Infinity
 * float16(2 ** -25) // 0
 */
export function float16(x: number): number {
  return roundToFloat16(Float32Array.of(x))[0]!;
}
