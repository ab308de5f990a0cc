import { Float16Data, roundToFloat16 } from "../autograd/float16.ts";

/**
 * IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) in the room of float32. Every value is
 * exact, and a NaN keeps its bits.
 *
 * @example
 * [...widenFloat16(Uint16Array.of(0x3c00, 0xc500))] // [1, -5]
 */
export function widenFloat16(halves: Uint16Array): Float16Data {
  const { buffer } = widen(halves, (half) => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
    if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
    if (fraction === 0) return sign;
    // Subnormal: fraction * 2^-24, which float32 holds as a normal number.
    const shift = Math.clz32(fraction) - 21;
    return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
  });
  return new Float16Data(buffer);
}

/**
 * The 16 bits of each element, rounded if it is no float16.
 *
 * @example
 * narrowFloat16(Float32Array.of(1, -5, 2 ** -24)) // Uint16Array(3) [15360, 50432, 1]
 */
export function narrowFloat16(data: Float32Array): Uint16Array {
  const numbers = roundToFloat16(data.slice());
  const words = new Uint32Array(numbers.buffer);
  return Uint16Array.from(words, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const size = word & 0x7fffffff;
    if (size >= 0x7f800000) return sign | 0x7c00 | ((size >>> 13) & 0x3ff);
    if (size >= 0x38800000) return sign | ((size - 0x38000000) >>> 13);
    return sign | (Math.abs(numbers[i]!) * 2 ** 24);
  });
}

/**
 * bfloat16 is the upper half of a float32.
 *
 * @example
 * widenBfloat16(Uint16Array.of(0x3f80)) // Float32Array(1) [1]
 */
export function widenBfloat16(halves: Uint16Array): Float32Array {
  return widen(halves, (half) => half << 16);
}

function widen(halves: Uint16Array, bits: (half: number) => number): Float32Array<ArrayBuffer> {
  const words = new Int32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = bits(halves[i]!);
  return new Float32Array(words.buffer);
}
