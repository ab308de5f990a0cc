/**
 * Sums in PyTorch's order. Floating-point addition is not associative, so which partial sums are
 * formed decides the last bits. PyTorch 2.14.1 on a CPU (`ATEN_CPU_CAPABILITY=default`) keeps as
 * many partial sums as a vector has lanes: 8 of float32, 4 of float64.
 */
import type { Data, Dtype } from "../../autograd/index.ts";
import { float16 } from "../../autograd/float16.ts";

/** Rounds a double to a type: what every single operation on its elements does. */
export function rounding(dtype: Dtype): (x: number) => number {
  if (dtype === "float16") return float16;
  return dtype === "float32" ? Math.fround : (x) => x;
}

/** The same inside a loop: a function that is fixed is always inlined, one in a variable is not. */
export const round = (x: number, single: boolean): number => (single ? Math.fround(x) : x);

/** The type in which sums are formed: that of the numbers, but of float16 float32, as in PyTorch. */
export const computedIn = (data: Data): Dtype =>
  data instanceof Float32Array ? "float32" : "float64";

const lanesOf = (data: Data) => (data instanceof Float32Array ? 8 : 4);
/** Partial sums: what is stored in them is rounded to the type of `data`. */
const zerosLike = (data: Data, length: number): Data =>
  data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);

/** The sum of the products of two vectors, one after the other. */
export function dot(a: Data, b: Data): number {
  const single = a instanceof Float32Array;
  let total = 0;
  for (let i = 0; i < a.length; i++) total = round(total + round(a[i]! * b[i]!, single), single);
  return total;
}

/** The largest absolute value; NaN if there is any. */
export function absMax(data: Data): number {
  let largest = 0;
  for (const x of data) {
    if (Number.isNaN(x)) return NaN;
    largest = Math.max(largest, Math.abs(x));
  }
  return largest;
}

/** The root of the sum of squares of `count` neighbours: whole vectors, then what is left over. */
export function norm2(data: Data, start = 0, count = data.length): number {
  const single = data instanceof Float32Array;
  const lanes = lanesOf(data);
  const whole = count - (count % lanes);
  const partial = zerosLike(data, lanes);
  for (let i = 0; i < whole; i += lanes) {
    for (let lane = 0; lane < lanes; lane++) {
      const x = data[start + i + lane]!;
      partial[lane]! += round(x * x, single);
    }
  }
  let total = 0;
  for (const lane of partial) total = round(total + lane, single);
  for (let i = whole; i < count; i++) {
    const x = data[start + i]!;
    total = round(total + round(x * x, single), single);
  }
  return round(Math.sqrt(total), single);
}

/** The norm of every column of a matrix: from top to bottom, but in lanes if it is the only one. */
export function norm2Columns(matrix: Data, cols: number): Data {
  const norms = zerosLike(matrix, cols);
  if (cols === 1) return norms.fill(norm2(matrix));
  const single = matrix instanceof Float32Array;
  for (let start = 0; start < matrix.length; start += cols) {
    for (let j = 0; j < cols; j++) {
      const x = matrix[start + j]!;
      norms[j]! += round(x * x, single);
    }
  }
  return norms.map(Math.sqrt);
}

/** The sum of `count` neighbours: whole vectors in four rows, what is left over, then the lanes. */
export function sum(data: Data, start = 0, count = data.length): number {
  const R = rounding(computedIn(data));
  const lanes = count < lanesOf(data) ? 1 : lanesOf(data);
  const whole = count - (count % lanes);
  const partial = sumRows(data, start, whole, lanes);
  let total = 0;
  for (let i = whole; i < count; i++) total = R(total + data[start + i]!);
  for (const lane of partial) total = R(total + lane);
  return total;
}

const ROWS = 4;
const LEVELS = 4;

/**
 * One sum per lane. Vector `i` goes to row `i mod 4`, those left over to row 0. A long row is
 * summed in blocks, blocks of blocks, ..., which keeps the rounding error small.
 */
function sumRows(data: Data, start: number, count: number, lanes: number): Data {
  const width = ROWS * lanes;
  const length = Math.floor(count / width);
  const power = Math.max(4, Math.floor(Math.ceil(Math.log2(Math.max(length, 2))) / LEVELS));
  const block = 2 ** power;
  const sums = zerosLike(data, LEVELS * width);
  const carry = (level: number) => {
    for (let k = 0; k < width; k++) {
      sums[level * width + k]! += sums[(level - 1) * width + k]!;
      sums[(level - 1) * width + k] = 0;
    }
  };
  for (let i = 0; i < length; i++) {
    for (let k = 0; k < width; k++) sums[k]! += data[start + i * width + k]!;
    for (let level = 1; level < LEVELS && (i + 1) % block ** level === 0; level++) carry(level);
  }
  for (let level = 1; level < LEVELS; level++) {
    for (let k = 0; k < width; k++) sums[k]! += sums[level * width + k]!;
  }
  for (let i = length * width; i < count; i++) sums[i % lanes]! += data[start + i]!;
  for (let k = lanes; k < width; k++) sums[k % lanes]! += sums[k]!;
  return sums.subarray(0, lanes);
}
