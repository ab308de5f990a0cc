/** Products of matrices. */
import { type Data, newData } from "./data.ts";
import { resultType } from "./elementwise.ts";
import { fits, multiplyInWasm } from "./matrix_kernel.ts";
import { broadcastShapes, sameShape, showShape, sizeOf } from "./shape.ts";
import { record } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** From so many products on, a kernel is worth copying the matrices to it. */
const LARGE = 2048;

/** [..., n, k] times [..., k, m]: each element is summed in double and rounded once. */
function product(a: Tensor, b: Tensor): Tensor {
  const [n, k] = a.shape.slice(-2) as [number, number];
  const m = b.shape.at(-1)!;
  const batch = a.shape.slice(0, -2);
  const data = newData(resultType(a, b), sizeOf(batch) * n * m);
  const multiply = n * k * m >= LARGE && fits(n, k, m) ? multiplyInWasm : multiplySmall;
  for (let i = 0; i < sizeOf(batch); i++) {
    multiply(
      a.data.subarray(i * n * k, (i + 1) * n * k),
      b.data.subarray(i * k * m, (i + 1) * k * m),
      data.subarray(i * n * m, (i + 1) * n * m),
      k,
      m,
    );
  }
  return record(
    "matmul",
    [a, b],
    [
      (g, { b }) => product(g, (b as Tensor).transpose(-2, -1)),
      (g, { a }) => product(a.transpose(-2, -1), g),
    ],
    new Tensor(data, [...batch, n, m]),
  );
}

/** The same bits as the kernel, for matrices that are done sooner than copied, or too large. */
function multiplySmall(x: Data, y: Data, out: Data, k: number, m: number): void {
  for (let row = 0, at = 0; at < out.length; row += k, at += m) {
    for (let l = 0; l < m; l++) {
      let sum = 0;
      for (let j = 0, i = l; j < k; j++, i += m) sum += x[row + j]! * y[i]!;
      out[at + l] = sum;
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
