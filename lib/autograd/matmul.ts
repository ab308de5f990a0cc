/** Products of matrices. */
import { type Data, newData } from "./data.ts";
import { resultType } from "./elementwise.ts";
import { fits, type Matrix, multiplyInWasm } from "./matrix_kernel.ts";
import { broadcastShapes, sameShape, showShape, sizeOf } from "./shape.ts";
import { record } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** From so many products on, a kernel is worth copying the matrices to it. */
const LARGE = 2048;

/**
 * [..., n, k] times [..., k, m]: each element is summed in double and rounded once. What is `turned`
 * is read as its transpose, which nobody has to make.
 */
function product(a: Tensor, b: Tensor, aTurned = false, bTurned = false): Tensor {
  const [n, k] = sides(a, aTurned);
  const [, m] = sides(b, bTurned);
  const batch = a.shape.slice(0, -2);
  const data = newData(resultType(a, b), sizeOf(batch) * n * m);
  const multiply = n * k * m >= LARGE && fits(n, k, m) ? multiplyInWasm : multiplySmall;
  for (let i = 0; i < sizeOf(batch); i++) {
    multiply(
      matrix(a.data.subarray(i * n * k, (i + 1) * n * k), n, k, aTurned),
      matrix(b.data.subarray(i * k * m, (i + 1) * k * m), k, m, bTurned),
      data.subarray(i * n * m, (i + 1) * n * m),
    );
  }
  return record(
    "matmul",
    [a, b],
    [
      (g, { b }) =>
        aTurned ? product(b as Tensor, g, bTurned, true) : product(g, b as Tensor, false, !bTurned),
      (g, { a }) => (bTurned ? product(g, a, true, aTurned) : product(a, g, !aTurned, false)),
    ],
    new Tensor(data, [...batch, n, m]),
  );
}

function sides({ shape }: Tensor, turned: boolean): [rows: number, cols: number] {
  const [rows, cols] = shape.slice(-2) as [number, number];
  return turned ? [cols, rows] : [rows, cols];
}

function matrix(data: Data, rows: number, cols: number, turned: boolean): Matrix {
  return turned
    ? { data, rows, cols, down: 1, right: rows }
    : { data, rows, cols, down: cols, right: 1 };
}

/** The same bits as the kernel, for matrices that are done sooner than copied, or too large. */
function multiplySmall(x: Matrix, y: Matrix, out: Data): void {
  for (let row = 0, at = 0; row < x.rows; row++) {
    for (let col = 0; col < y.cols; col++, at++) {
      let sum = 0;
      let [i, l] = [row * x.down, col * y.right];
      for (let j = 0; j < x.cols; j++, i += x.right, l += y.down) sum += x.data[i]! * y.data[l]!;
      out[at] = sum;
    }
  }
}

/** Vectors become matrices for the product, batches are broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const left = a.shape.length === 1 ? a.unsqueeze(0) : a;
  const right = b.shape.length === 1 ? b.unsqueeze(1) : b;
  checkInner(left, right, a, b);
  const shape = broadcastBatch(left, right);
  shape.push(...a.shape.slice(-2, -1), ...(b.shape.length === 1 ? [] : b.shape.slice(-1)));
  const result = multiplyBatches(left, right);
  return sameShape(result.shape, shape) ? result : result.reshape(shape);
}

/** x · weightᵀ, for `weight` [out, in] and x [..., in], as a layer computes it. */
export function timesTransposed(x: Tensor, weight: Tensor): Tensor {
  const [out, inputs] = weight.shape;
  // Its error is that of any product.
  if (weight.shape.length !== 2 || x.shape.at(-1) !== inputs) return matmul(x, weight.transpose());
  if (x.shape.length === 2) return product(x, weight, false, true);
  const rows = x.reshape([-1, inputs!]);
  return product(rows, weight, false, true).reshape([...x.shape.slice(0, -1), out!]);
}

function multiplyBatches(left: Tensor, right: Tensor): Tensor {
  const [n, k] = left.shape.slice(-2) as [number, number];
  const m = right.shape.at(-1)!;
  if (right.shape.length === 2) {
    return product(left.shape.length === 2 ? left : left.reshape([-1, k]), right);
  }
  const batch = broadcastBatch(left, right);
  const spread = (tensor: Tensor, shape: number[]) =>
    sameShape(tensor.shape, shape) ? tensor : tensor.expand(shape);
  return product(spread(left, [...batch, n, k]), spread(right, [...batch, k, m]));
}

function broadcastBatch(left: Tensor, right: Tensor): number[] {
  return [...broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2))];
}

function checkInner(left: Tensor, right: Tensor, a: Tensor, b: Tensor): void {
  const [n, k] = left.shape.slice(-2);
  const [l, m] = right.shape.slice(-2);
  if (a.shape.length > 0 && b.shape.length > 0 && k === l) return;
  const sizes =
    left.shape.length === 2 && right.shape.length === 2 ? ` (${n}x${k} and ${l}x${m})` : "";
  throw new RangeError(
    `mat1 and mat2 shapes cannot be multiplied${sizes}: ${showShape(a.shape)} and ` +
      `${showShape(b.shape)}. matmul takes [..., n, k] and [..., k, m], or a vector [k] on ` +
      "either side",
  );
}
