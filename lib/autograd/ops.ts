/** The operations: one row each, the forward computation beside its derivative. */
import { type Data, type Dtype, newData } from "./data.ts";
import { broadcastIndex, broadcastShapes, sameShape, type Shape, sizeOf } from "./shape.ts";
import { type Derivative, record } from "./tape.ts";
import { Tensor } from "./tensor.ts";

type Unary = (a: number) => number;
type Binary = (a: number, b: number) => number;

/** An operation on each element by itself, and the derivative of its input. */
function unary(name: string, f: Unary, derivative: Derivative) {
  return (a: Tensor): Tensor => {
    const data = newData(a.dtype, a.size);
    for (let i = 0; i < data.length; i++) data[i] = f(a.data[i]!);
    return record(name, [a], [derivative], new Tensor(data, a.shape));
  };
}

/** An operation between two broadcast tensors, and the derivatives of both inputs. */
function binary(name: string, f: Binary, da: Derivative, db: Derivative) {
  return (a: Tensor, b: Tensor): Tensor => {
    const shape = broadcastShapes(a.shape, b.shape);
    const data = newData(resultType(a, b), sizeOf(shape));
    const [x, y] = [aligned(a, shape), aligned(b, shape)];
    for (let i = 0; i < data.length; i++) data[i] = f(x[i]!, y[i]!);
    return record(name, [a, b], [da, db], new Tensor(data, shape));
  };
}

/** The elements of `a`, repeated where it is broadcast to `shape`. */
function aligned(a: Tensor, shape: Shape): Data {
  if (sameShape(a.shape, shape)) return a.data;
  return pick(a.data, broadcastIndex(a.shape, shape));
}

/** float64 wins; but a single number takes the type of the tensor that it meets. */
function resultType(a: Tensor, b: Tensor): Dtype {
  if (a.shape.length === 0 && b.shape.length > 0) return b.dtype;
  if (b.shape.length === 0 && a.shape.length > 0) return a.dtype;
  return a.dtype === "float64" ? "float64" : b.dtype;
}

function pick(data: Data, index: Int32Array): Data {
  const picked =
    data instanceof Float32Array
      ? new Float32Array(index.length)
      : newData("float64", index.length);
  for (let i = 0; i < index.length; i++) picked[i] = data[index[i]!]!;
  return picked;
}

/**
 * Element i of the result is element `index[i]` of the input. Reshaping, transposing, expanding and
 * indexing are such choices; the way back is the transpose, `scatter`.
 */
export function gather(name: string, a: Tensor, index: Int32Array, shape: Shape): Tensor {
  const derivative: Derivative = (g) => scatter(name, g, index, a.shape);
  return record(name, [a], [derivative], new Tensor(pick(a.data, index), shape));
}

/**
 * Element i of the input is added to element `index[i]` of the result (summed in double, rounded
 * once). Sums are such additions; the way back is the transpose, `gather`.
 */
export function scatter(name: string, a: Tensor, index: Int32Array, shape: Shape): Tensor {
  const sums = new Float64Array(sizeOf(shape));
  for (let i = 0; i < index.length; i++) sums[index[i]!]! += a.data[i]!;
  const data = a.dtype === "float64" ? sums : Float32Array.from(sums);
  const derivative: Derivative = (g) => gather(name, g, index, a.shape);
  return record(name, [a], [derivative], new Tensor(data, shape));
}

/** The same numbers in another type. */
export function cast(a: Tensor, dtype: Dtype): Tensor {
  const data = newData(dtype, a.size);
  data.set(a.data);
  return record("to", [a], [(g) => g.to(a.dtype)], new Tensor(data, a.shape));
}

/** [n, k] times [k, m]; each element is summed in double and rounded once. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [n, k] = a.shape as [number, number];
  const m = b.shape[1]!;
  const data = newData(resultType(a, b), n * m);
  const row = new Float64Array(m);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    for (let j = 0; j < k; j++) {
      const left = a.data[i * k + j]!;
      for (let l = 0; l < m; l++) row[l]! += left * b.data[j * m + l]!;
    }
    data.set(row, i * m);
  }
  const da: Derivative = (g, { b }) => g.matmul(b.transpose());
  const db: Derivative = (g, { a }) => a.transpose().matmul(g);
  return record("matmul", [a, b], [da, db], new Tensor(data, [n, m]));
}

const none: Derivative = (g) => g.mul(0);
const chosen =
  (yes: boolean) =>
  (g: Tensor, { a }: { a: Tensor }) =>
    yes ? where(a, g, g.mul(0)) : where(a, g.mul(0), g);

/** `a` where the condition is not 0, `b` elsewhere; all three are broadcast. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
  const [c, x, y] = [condition, a, b].map((tensor) => aligned(tensor, shape)) as [Data, Data, Data];
  const data = newData(resultType(a, b), sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = c[i] !== 0 ? x[i]! : y[i]!;
  const derivatives = [none, chosen(true), chosen(false)];
  return record("where", [condition, a, b], derivatives, new Tensor(data, shape));
}

const half = (g: Tensor, a: Tensor, b: Tensor) => g.mul(a.eq(b)).mul(0.5);

// prettier-ignore
export const ops = {
  add: binary("add", (a, b) => a + b, (g) => g, (g) => g),
  sub: binary("sub", (a, b) => a - b, (g) => g, (g) => g.neg()),
  mul: binary("mul", (a, b) => a * b, (g, { b }) => g.mul(b), (g, { a }) => g.mul(a)),
  div: binary("div", (a, b) => a / b, (g, { b }) => g.div(b), (g, { b, y }) => g.neg().mul(y.div(b))),
  pow: binary("pow", (a, b) => a ** b,
    (g, { a, b }) => where(b, g.mul(b).mul(a.pow(b.sub(1))), a.mul(0)),
    (g, { a, y }) => g.mul(where(y, y.mul(a.log()), y))),
  maximum: binary("maximum", Math.max,
    (g, { a, b }) => g.mul(a.gt(b)).add(half(g, a, b)), (g, { a, b }) => g.mul(b.gt(a)).add(half(g, a, b))),
  minimum: binary("minimum", Math.min,
    (g, { a, b }) => g.mul(a.lt(b)).add(half(g, a, b)), (g, { a, b }) => g.mul(b.lt(a)).add(half(g, a, b))),
  gt: binary("gt", (a, b) => Number(a > b), none, none),
  lt: binary("lt", (a, b) => Number(a < b), none, none),
  eq: binary("eq", (a, b) => Number(a === b), none, none),

  neg: unary("neg", (a) => -a, (g) => g.neg()),
  exp: unary("exp", Math.exp, (g, { y }) => g.mul(y)),
  log: unary("log", Math.log, (g, { a }) => g.div(a)),
  sqrt: unary("sqrt", Math.sqrt, (g, { y }) => g.div(y.mul(2))),
  abs: unary("abs", Math.abs, (g, { a }) => g.mul(a.sign())),
  sign: unary("sign", Math.sign, none),
  sin: unary("sin", Math.sin, (g, { a }) => g.mul(a.cos())),
  cos: unary("cos", Math.cos, (g, { a }) => g.neg().mul(a.sin())),
  relu: unary("relu", (a) => (a > 0 || a !== a ? a : 0), (g, { y }) => g.mul(y.sign())),
  tanh: unary("tanh", Math.tanh, (g, { y }) => g.mul(y.mul(y).neg().add(1))),
  sigmoid: unary("sigmoid", (a) => 1 / (1 + Math.exp(-a)), (g, { y }) => g.mul(y.mul(y.neg().add(1)))),
} as const;
