/** Operations that choose, repeat, rearrange and join elements without computing. */
import { fold, repeat } from "./broadcast.ts";
import { type Data, newData, widest } from "./data.ts";
import { dimension, indexIn, sameShape, type Shape, showShape, sizeOf } from "./shape.ts";
import { around, stridedIndex, stridesOf } from "./shape.ts";
import { record } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** Whole numbers that name rows, columns, classes, ... */
export type Indices = Tensor | ArrayLike<number>;

export const listOf = (indices: Indices): ArrayLike<number> =>
  indices instanceof Tensor ? indices.data : indices;

/** Element i of the result is element `index[i]` of the input; the way back is `spread`. */
export function pick(name: string, a: Tensor, index: Int32Array, shape: Shape): Tensor {
  const { data, shape: from } = a;
  const picked = newData(a.dtype, index.length);
  for (let i = 0; i < index.length; i++) picked[i] = data[index[i]!]!;
  return record(name, [a], [(g) => spread(name, g, index, from)], new Tensor(picked, shape));
}

/** Element i of the input is added to element `index[i]` of the result; the way back is `pick`. */
export function spread(name: string, a: Tensor, index: Int32Array, shape: Shape): Tensor {
  const sums = new Float64Array(sizeOf(shape));
  const { data, shape: from } = a;
  for (let i = 0; i < index.length; i++) sums[index[i]!]! += data[i]!;
  const derivative = (g: Tensor) => pick(name, g, index, from);
  return record(name, [a], [derivative], new Tensor(rounded(a, sums), shape));
}

function rounded(a: Tensor, sums: Float64Array): Data {
  if (a.dtype === "float64") return sums;
  const data = newData(a.dtype, sums.length);
  data.set(sums);
  return data;
}

/** The same elements in the same order. */
export function reshape(name: string, a: Tensor, shape: Shape): Tensor {
  const data = newData(a.dtype, a.size);
  data.set(a.data);
  const from = a.shape;
  return record(name, [a], [(g) => reshape(name, g, from)], new Tensor(data, shape));
}

/** A shape with at most one -1, which is whatever is left over. */
export function completeShape(shape: Shape, size: number): number[] {
  const known = shape.reduce((product, length) => (length === -1 ? product : product * length), 1);
  const full = shape.map((length) => (length === -1 ? size / known : length));
  if (sizeOf(full) === size && full.every((n) => Number.isInteger(n) && n >= 0)) return full;
  throw new RangeError(
    `shape '${showShape(shape)}' is invalid for input of size ${size}. ` +
      "The product of the sizes must be that; one of them may be -1",
  );
}

/** Summed (in double, rounded once) over what broadcasting from `shape` would repeat. */
export function sumTo(a: Tensor, shape: Shape): Tensor {
  const from = a.shape;
  const sums = rounded(a, fold(a.data, from, shape));
  return record("sum", [a], [(g) => g.expand(from)], new Tensor(sums, shape));
}

/** Repeated along dimensions of size 1 and along new ones in front. -1 keeps a size. */
export function expand(a: Tensor, sizes: Shape): Tensor {
  const from = a.shape;
  const added = sizes.length - from.length;
  const shape = sizes.map((size, dim) => (size === -1 ? (from[dim - added] ?? -1) : size));
  for (let dim = from.length - 1; dim >= 0; dim--) {
    const length = from[dim];
    const size = shape[dim + added];
    if (size === length || (length === 1 && size !== undefined)) continue;
    throw new RangeError(
      `The expanded size of the tensor (${size}) must match the existing size (${length}) at ` +
        `non-singleton dimension ${dim + added}. Target sizes: ${showShape(sizes)}. ` +
        `Tensor sizes: ${showShape(from)}`,
    );
  }
  const data = repeat(a.data, from, shape, a.dtype);
  return record("expand", [a], [(g) => g.sumTo(from)], new Tensor(data, shape));
}

/** Dimensions in another order: `order[i]` is the old place of new dimension i. */
export function permute(name: string, a: Tensor, order: readonly number[]): Tensor {
  if (order.length !== a.shape.length || new Set(order).size < order.length) {
    throw new RangeError(
      `${name}: [${order.join(", ")}] of ${showShape(a.shape)}. ` +
        "Duplicate dims are not allowed, and every dimension must be named once",
    );
  }
  const strides = stridesOf(a.shape);
  const shape = order.map((dim) => a.shape[dim]!);
  const index = stridedIndex(
    shape,
    order.map((dim) => strides[dim]!),
  );
  return pick(name, a, index, shape);
}

/** `count` elements along a dimension, from `start` on, `step` apart. */
export function range(a: Tensor, dim: number, start: number, count: number, step = 1): Tensor {
  const strides = stridesOf(a.shape);
  const offset = start * strides[dim]!;
  strides[dim]! *= step;
  const shape = a.shape.with(dim, count);
  return pick("slice", a, stridedIndex(shape, strides, offset), shape);
}

/** The elements at the given places along a dimension, in this order. */
export function index_select(a: Tensor, dim: number, indices: Indices): Tensor {
  const { outer, length, inner } = around(a.shape, dim);
  const places = Array.from(listOf(indices), (index) => indexIn(length, index, dim));
  const index = new Int32Array(outer * places.length * inner);
  let i = 0;
  for (let block = 0; block < outer; block++) {
    for (const place of places) {
      for (let k = 0; k < inner; k++) index[i++] = (block * length + place) * inner + k;
    }
  }
  return pick("index_select", a, index, a.shape.with(dim, places.length));
}

/** One element for each index, taken along a dimension at the index's own place. */
export function gather(a: Tensor, dim: number, indices: Tensor): Tensor {
  const fits =
    indices.shape.length === a.shape.length &&
    indices.shape.every((size, d) => d === dim || size <= a.shape[d]!);
  if (!fits) {
    throw new RangeError(
      `Size does not match at dimension ${dim}: expected index ${showShape(indices.shape)} to be ` +
        `no larger than self ${showShape(a.shape)} apart from dimension ${dim}`,
    );
  }
  const strides = stridesOf(a.shape);
  const along = strides[dim]!;
  const index = stridedIndex(indices.shape, strides.with(dim, 0));
  const length = a.shape[dim]!;
  for (let i = 0; i < index.length; i++) {
    index[i]! += indexIn(length, indices.data[i]!, dim) * along;
  }
  return pick("gather", a, index, indices.shape);
}

/**
 * Tensors one after the other along a dimension that they have.
 *
 * @example
 * cat([tensor([1, 2]), tensor([3])]) // tensor([1., 2., 3.])
 * cat([ones([2, 1]), zeros([2, 2])], 1).shape // [2, 3]
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new RangeError("cat expects a non-empty list of Tensors");
  const d = dimension(dim, first.shape.length);
  tensors.forEach(({ shape }, i) => {
    if (sameShape(shape.with(d, 0), first.shape.with(d, 0))) return;
    throw new RangeError(
      `Sizes of tensors must match except in dimension ${d}. Expected size ` +
        `${showShape(first.shape)} but got size ${showShape(shape)} for tensor number ${i} in the list`,
    );
  });
  const starts: number[] = [];
  let length = 0;
  for (const { shape } of tensors) {
    starts.push(length);
    length += shape[d]!;
  }
  const shape = first.shape.with(d, length);
  const data = newData(widest(tensors.map(({ dtype }) => dtype)), sizeOf(shape));
  const { outer, inner } = around(shape, d);
  tensors.forEach((tensor, i) => {
    const block = tensor.shape[d]! * inner;
    for (let row = 0; row < outer; row++) {
      const part = tensor.data.subarray(row * block, (row + 1) * block);
      data.set(part, row * length * inner + starts[i]! * inner);
    }
  });
  const derivatives = tensors.map(
    ({ shape }, i) =>
      (g: Tensor) =>
        g.narrow(d, starts[i]!, shape[d]!),
  );
  return record("cat", tensors, derivatives, new Tensor(data, shape));
}

/**
 * Tensors of one shape side by side along a new dimension.
 *
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])]) // tensor([[1., 2.], [3., 4.]])
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const [first] = tensors;
  tensors.forEach(({ shape }, i) => {
    if (sameShape(shape, first!.shape)) return;
    throw new RangeError(
      `stack expects each tensor to be equal size, but got ${showShape(first!.shape)} at entry 0 ` +
        `and ${showShape(shape)} at entry ${i}`,
    );
  });
  return cat(
    tensors.map((tensor) => tensor.unsqueeze(dim)),
    dim < 0 && first !== undefined ? dim + first.shape.length + 1 : dim,
  );
}
