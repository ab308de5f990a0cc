/**
 * Inner products of the rows of two matrices in a given order of summation, which decides the last
 * bits. Products are rounded to float32, too; those of bfloat16 numbers are exact.
 */
import { runStrip, STRIP, TILE, VECTOR, workspace } from "./strip.ts";

export interface Matrix {
  data: Float32Array;
  rows: number;
  cols: number;
  /** How far apart neighbours are: in a column, and in a row. */
  strides: readonly [down: number, right: number];
}

export function matrix(data: Float32Array, rows: number, cols: number): Matrix {
  return { data, rows, cols, strides: [cols, 1] };
}

/** The same numbers, read the other way. */
export function transposed({ data, rows, cols, strides: [down, right] }: Matrix): Matrix {
  return { data, rows: cols, cols: rows, strides: [right, down] };
}

/**
 * How many partial sums PyTorch keeps. With 1 the products are added one after the other. With 4
 * those that are left over go to the first partial sum, with 16 they are added at the end.
 */
export type Partials = 1 | 4 | 16;

const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;
const roundDown = (value: number, unit: number) => Math.floor(value / unit) * unit;

/**
 * Element [i, j] of the result is the inner product of row i of `a` and row j of `b`. Where both
 * are the same matrix only one half is computed.
 *
 * @example
 * const a = matrix(Float32Array.of(1, 2, 3, 4), 2, 2);
 * products(a, a, 4) // Float32Array(4) [ 5, 11, 11, 25 ]
 */
export function products(a: Matrix, b: Matrix, partials: Partials): Float32Array {
  const result = new Float32Array(a.rows * b.rows);
  if (a.cols === 0) return result;
  const plan = planOf(a.cols, partials);
  const { pitch } = plan;
  const quads = Math.ceil(b.rows / VECTOR);
  const outPitch = roundUp(quads, TILE);
  const aAt = STRIP * outPitch;
  const bAt = aAt + STRIP * pitch;
  const end = bAt + quads * pitch;
  const memory = workspace(bAt + outPitch * pitch);
  memory.fill(0, 0, end * VECTOR);
  for (let quad = 0; quad < quads; quad++) packQuad(b, quad, plan, memory, bAt + quad * pitch);
  for (let i = 0; i < a.rows; i += STRIP) {
    const from = a === b ? roundDown(i, TILE * VECTOR) : 0;
    const first = bAt + (from / VECTOR) * pitch;
    for (let r = 0; r < STRIP; r++) packRow(a, i + r, plan, memory, aAt + r * pitch);
    runStrip({ a: aAt, out: 0, b: first, end, pitch, outPitch, partials });
    for (let r = 0; r < STRIP && i + r < a.rows; r++) {
      const at = r * outPitch * VECTOR;
      result.set(memory.subarray(at, at + b.rows - from), (i + r) * b.rows + from);
    }
  }
  addLeftOver(a, b, plan, result);
  if (a === b) mirror(result, a.rows);
  return result;
}

/** How a row of numbers becomes a row of vectors. */
interface Plan {
  partials: Partials;
  /** Numbers that fall to the partial sums evenly, and those that become vectors at all. */
  whole: number;
  packed: number;
  pitch: number;
}

function planOf(cols: number, partials: Partials): Plan {
  const left = cols % partials;
  const whole = cols - left;
  if (partials === 4) return { partials, whole, packed: cols, pitch: whole + left * partials };
  return { partials, whole, packed: whole, pitch: Math.max(whole, partials) };
}

/** Zeros follow a number that is left over: they leave the other partial sums as they are. */
const placeOf = (l: number, { whole, partials }: Plan) =>
  l < whole ? l : whole + (l - whole) * partials;

/** Every number of a row of `a` fills a vector. */
function packRow(a: Matrix, row: number, plan: Plan, memory: Float32Array, to: number): void {
  if (row >= a.rows) return;
  const [down, right] = a.strides;
  for (let l = 0; l < plan.packed; l++) {
    const x = a.data[row * down + l * right]!;
    const at = (to + placeOf(l, plan)) * VECTOR;
    memory[at] = x;
    memory[at + 1] = x;
    memory[at + 2] = x;
    memory[at + 3] = x;
  }
}

/** Four rows of `b` share one row of vectors, and are summed at once. */
function packQuad(b: Matrix, quad: number, plan: Plan, memory: Float32Array, to: number): void {
  const [down, right] = b.strides;
  const row = quad * VECTOR;
  const lanes = Math.min(VECTOR, b.rows - row);
  for (let l = 0; l < plan.packed; l++) {
    const at = (to + placeOf(l, plan)) * VECTOR;
    const from = row * down + l * right;
    for (let lane = 0; lane < lanes; lane++) memory[at + lane] = b.data[from + lane * down]!;
  }
}

/** Adds the products that did not become vectors, one after the other. */
function addLeftOver(a: Matrix, b: Matrix, { packed }: Plan, result: Float32Array): void {
  if (packed === a.cols) return;
  for (let i = 0; i < a.rows; i++) {
    for (let j = a === b ? i : 0; j < b.rows; j++) {
      let sum = result[i * b.rows + j]!;
      for (let l = packed; l < a.cols; l++) {
        const x = a.data[i * a.strides[0] + l * a.strides[1]]!;
        const y = b.data[j * b.strides[0] + l * b.strides[1]]!;
        sum = Math.fround(sum + Math.fround(x * y));
      }
      result[i * b.rows + j] = sum;
    }
  }
}

/** Copies what is above the diagonal to below it. */
function mirror(data: Float32Array, rows: number): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) data[i * rows + j] = data[j * rows + i]!;
  }
}
