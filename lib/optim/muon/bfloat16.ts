/** bfloat16 is the upper half of a float32: 8 binary digits. Here it lives in a rounded float32. */

/** Rounds every element to the nearest bfloat16, in place; half way to the even one. */
export function roundToBfloat16(data: Float32Array): Float32Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < bits.length; i++) {
    if (Number.isNaN(data[i])) continue;
    const odd = (bits[i]! >>> 16) & 1;
    bits[i] = (bits[i]! + 0x7fff + odd) & 0xffff0000;
  }
  return data;
}

/**
 * The nearest bfloat16.
 *
 * @example
 * bfloat16(0.1) // 0.10009765625
 */
export function bfloat16(x: number): number {
  return roundToBfloat16(Float32Array.of(x))[0]!;
}
