/** Operations along a dimension: the largest, the norm, shares that sum to 1. */
import { type Data, newData } from "./data.ts";
import { pick } from "./layout.ts";
import { around, type Shape } from "./shape.ts";
import { record } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** Along a dimension: the chosen elements, and their places along it. */
export interface Extremes {
  values: Tensor;
  indices: Tensor;
}

/** The largest (or smallest) along a dimension; the first of equals. NaN wins. */
export function extremes(a: Tensor, dim: number, keepdim: boolean, sign: 1 | -1): Extremes {
  const { outer, length, inner } = around(a.shape, dim);
  if (length === 0) throw new RangeError(`dimension: ${dim} has no elements to choose from`);
  const index = new Int32Array(outer * inner);
  const places = newData(a.dtype, index.length);
  for (let i = 0; i < index.length; i++) {
    const start = Math.floor(i / inner) * length * inner + (i % inner);
    const place = bestPlace(a.data, start, inner, length, sign);
    index[i] = start + place * inner;
    places[i] = place;
  }
  const shape = keepdim ? a.shape.with(dim, 1) : a.shape.toSpliced(dim, 1);
  const name = sign === 1 ? "max" : "min";
  return { values: pick(name, a, index, shape), indices: new Tensor(places, shape) };
}

function bestPlace(data: Data, start: number, stride: number, length: number, sign: number) {
  let best = 0;
  for (let j = 1; j < length; j++) {
    const [x, top] = [data[start + j * stride]!, data[start + best * stride]!];
    if (sign * x > sign * top || (x !== x && top === top)) best = j;
  }
  return best;
}

/** The largest (or smallest) of all; elements that share the place share the gradient. */
export function extreme(a: Tensor, sign: 1 | -1): Tensor {
  if (a.size === 0) throw new RangeError("max, min: a tensor without elements has none");
  const best = a.data[bestPlace(a.data, 0, 1, a.size, sign)]!;
  return record(
    sign === 1 ? "max" : "min",
    [a],
    [
      (g, { a, y }) => {
        const chosen = a.eq(y);
        return g.mul(chosen).div(chosen.sum());
      },
    ],
    new Tensor(newData(a.dtype, 1).fill(best), []),
  );
}

/** The root of the sum of squares, over what broadcasting from `shape` would repeat. */
export function length(a: Tensor, shape: Shape): Tensor {
  const square = new Tensor(
    new Float64Array(a.data).map((x) => x * x),
    a.shape,
  ).sumTo(shape);
  const data = newData(a.dtype, square.size);
  for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(square.data[i]!);
  return record(
    "norm",
    [a],
    // At 0 the slope is 0, as in PyTorch: there 0 / 1 instead of 0 / 0.
    [(g, { a, y }) => g.mul(a.div(y.add(y.eq(0))))],
    new Tensor(data, shape),
  );
}

/** exp(a) divided by its sum along a dimension. */
export function softmax(a: Tensor, dim: number): Tensor {
  const shares = alongEach(a, dim, (x, largest, sum) => Math.exp(x - largest) / sum);
  return record(
    "softmax",
    [a],
    [(g, { y }) => g.sub(g.mul(y).sum(dim, true)).mul(y)],
    new Tensor(shares, a.shape),
  );
}

/** The logarithm of `softmax`, without overflow. */
export function log_softmax(a: Tensor, dim: number): Tensor {
  const logs = alongEach(a, dim, (x, largest, sum) => x - largest - Math.log(sum));
  return record(
    "log_softmax",
    [a],
    [(g, { y }) => g.sub(y.exp().mul(g.sum(dim, true)))],
    new Tensor(logs, a.shape),
  );
}

/** Each element from itself, the largest beside it and the sum of exp(element - largest). */
function alongEach(
  a: Tensor,
  dim: number,
  f: (x: number, largest: number, sum: number) => number,
): Data {
  const { outer, length, inner } = around(a.shape, dim);
  const { data } = a;
  const result = newData(a.dtype, a.size);
  for (let i = 0; i < outer * inner; i++) {
    const start = Math.floor(i / inner) * length * inner + (i % inner);
    const end = start + length * inner;
    let largest = -Infinity;
    for (let at = start; at < end; at += inner) largest = Math.max(largest, data[at]!);
    let sum = 0;
    for (let at = start; at < end; at += inner) sum += Math.exp(data[at]! - largest);
    for (let at = start; at < end; at += inner) result[at] = f(data[at]!, largest, sum);
  }
  return result;
}
