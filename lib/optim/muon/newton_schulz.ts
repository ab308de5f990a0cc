import { type Shape, Tensor } from "../../autograd/index.ts";
import { ValueError } from "../errors.ts";
import { norm2 } from "../../kernels/reduce/cpu.ts";
import { bfloat16, roundToBfloat16 } from "./bfloat16.ts";
import { type Matrix, matrix, products, transposed } from "../../kernels/matmul/cpu.ts";

/** a, b, c of the polynomial `a x + b x^3 + c x^5`. */
export type Coefficients = readonly number[];

const MOST_STEPS = 100;

/** Refuses what PyTorch refuses to iterate on. */
export function checkNewtonSchulz(shape: Shape, coefficients: Coefficients, steps: number): void {
  if (steps >= MOST_STEPS) {
    throw new ValueError("Number of steps must be less than 100 for computational efficiency");
  }
  if (shape.length !== 2) throw new ValueError("Input tensor gradient must be a 2D matrix");
  if (coefficients.length !== 3) {
    throw new ValueError("Coefficients must be a tuple of exactly 3 values");
  }
}

/**
 * Brings all singular values of a matrix near 1 and leaves the singular vectors: an odd polynomial,
 * applied to the matrix again and again, pulls them there. With PyTorch's coefficients they end
 * somewhere between 0.68 and 1.13, soon. Everything is rounded to bfloat16, as in PyTorch.
 *
 * Sums are formed in the order that gave all of PyTorch's recorded bits; those rows were at most 30
 * numbers long, and in longer ones the last binary digit of a bfloat16 may differ.
 *
 * Errors: not a matrix, 100 steps or more, not three coefficients.
 *
 * Source: Jordan et al. (2024), Muon; PyTorch 2.14.1, `_zeropower_via_newtonschulz`.
 *
 * @example
 * const g = tensor([[3, 0], [0, 0.1]]);
 * zeropower_via_newtonschulz(g) // tensor([[0.6875, 0.0000], [0.0000, 1.1328]])
 */
export function zeropower_via_newtonschulz(
  grad: Tensor,
  ns_coefficients: Coefficients = [3.4445, -4.775, 2.0315],
  ns_steps = 5,
  eps = 1e-7,
): Tensor {
  checkNewtonSchulz(grad.shape, ns_coefficients, ns_steps);
  const [rows, cols] = grad.shape as [number, number];
  const data = scaled(Float32Array.from(grad.data), eps);
  const tall = rows > cols;
  const [a, b, c] = ns_coefficients.map(Math.fround) as [number, number, number];
  let x = tall ? copied(transposed(matrix(data, rows, cols))) : matrix(data, rows, cols);
  for (let step = 0; step < ns_steps; step++) {
    // A transposed view has no neighbours along its rows: PyTorch takes another loop.
    const view = tall && step === 0;
    const gram = square(x.rows, products(x, x, view ? 1 : 16));
    const update = square(x.rows, blend(b, gram.data, c, products(gram, gram, view ? 1 : 4)));
    const change = products(update, transposed(x), view ? 1 : 4);
    x = matrix(roundToBfloat16(blend(a, x.data, 1, change)), x.rows, x.cols);
  }
  return new Tensor((tall ? copied(transposed(x)) : x).data, grad.shape);
}

/** Divided by the norm, so that no singular value is greater than 1. */
function scaled(data: Float32Array, eps: number): Float32Array {
  roundToBfloat16(data);
  const norm = Math.max(bfloat16(norm2(data)), bfloat16(eps));
  return roundToBfloat16(data.map((x) => x / norm));
}

function square(rows: number, data: Float32Array): Matrix {
  return matrix(roundToBfloat16(data), rows, rows);
}

/** `p * x + q * y`, each rounded to float32. */
function blend(p: number, x: Float32Array, q: number, y: Float32Array): Float32Array {
  const sum = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) sum[i] = Math.fround(p * x[i]!) + Math.fround(q * y[i]!);
  return sum;
}

/** The same matrix with neighbours in a row beside each other. */
function copied({ data, rows, cols, strides: [down, right] }: Matrix): Matrix {
  const copy = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) copy[i * cols + j] = data[i * down + j * right]!;
  }
  return matrix(copy, rows, cols);
}
