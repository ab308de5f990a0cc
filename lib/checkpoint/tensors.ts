import { Tensor } from "../autograd/index.ts";
import { type Shape, sizeOf, stridedIndex, stridesOf } from "../autograd/shape.ts";
import type { Dtype, Elements } from "./dtypes.ts";
import { CheckpointError } from "./errors.ts";
import { widenBfloat16, widenFloat16 } from "./half.ts";

/** A tensor that the file stores as bfloat16: float32 here, every value exact. */
export class BFloat16Tensor extends Tensor {}

/** Whole numbers and booleans in a grid: to keep, read and save again, not to compute with. */
export class IntegerTensor {
  /** PyTorch's name: int64, uint8, bool, ... */
  readonly dtype: string;
  /** The elements, row-major. int64 and uint64 are bigints, a bool is 0 or 1. */
  readonly data: Elements;
  readonly shape: Shape;

  constructor(dtype: string, data: Elements, shape: Shape) {
    this.dtype = dtype;
    this.data = data;
    this.shape = shape;
  }
}

/** PyTorch's own limit. */
export const MAX_RANK = 64;

/** Elements in their order, as the tensor that stands for their dtype here. */
export function tensorOf(dtype: Dtype, data: Elements, shape: Shape): Tensor | IntegerTensor {
  if (data instanceof Float32Array || data instanceof Float64Array) return new Tensor(data, shape);
  if (dtype.name === "float16") {
    return new Tensor(widenFloat16(data as Uint16Array), shape);
  }
  if (dtype.name === "bfloat16") {
    return new BFloat16Tensor(widenBfloat16(data as Uint16Array), shape);
  }
  return new IntegerTensor(dtype.name, data, shape);
}

/** The number of elements of a shape out of a file. */
export function checkedSize(shape: readonly unknown[], where: string): number {
  const whole = shape.every((length) => Number.isSafeInteger(length) && Number(length) >= 0);
  const size = whole ? sizeOf(shape as Shape) : NaN;
  if (shape.length <= MAX_RANK && Number.isSafeInteger(size)) return size;
  throw new CheckpointError(
    `${where}: shape [${shape.slice(0, MAX_RANK).join(", ")}] is not a tensor's. ` +
      `A shape has at most ${MAX_RANK} sizes, whole numbers from 0, with a product below 2^53`,
  );
}

/** What a tensor sees of its storage, in elements. */
export interface View {
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/**
 * The elements of a view. A contiguous one shares memory with its storage, as in PyTorch, so that
 * tied weights stay tied; any other is copied, after `allow` has agreed to that many bytes.
 */
export function viewElements(
  storage: Elements,
  { offset, shape, strides }: View,
  allow: (bytes: number) => void,
  where: string,
): Elements {
  const size = checkedSize(shape, where);
  const spans = shape.map((length, dim) => (length - 1) * strides[dim]!);
  const end = size === 0 ? 0 : offset + spans.reduce((sum, span) => sum + span, 1);
  const numbers = [offset, end, ...strides];
  if (strides.length !== shape.length || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new CheckpointError(
      `${where}: offset ${offset} and strides [${strides.join(", ")}] do not fit ` +
        `shape [${shape.join(", ")}]`,
    );
  }
  if (end > storage.length) {
    throw new CheckpointError(
      `${where}: shape [${shape.join(", ")}] with strides [${strides.join(", ")}] from ` +
        `${offset} reaches element ${end - 1}, but the storage has ${storage.length}`,
    );
  }
  if (size === 0) return storage.subarray(0, 0);
  const dense = stridesOf(shape);
  if (shape.every((length, dim) => length === 1 || strides[dim] === dense[dim])) {
    return storage.subarray(offset, offset + size);
  }
  allow(size * storage.BYTES_PER_ELEMENT);
  const index = stridedIndex(shape, strides, offset);
  // One loop for all kinds of elements: bigints are only moved, never computed with.
  const from = storage as Float64Array;
  const copy = new (from.constructor as Float64ArrayConstructor)(size);
  for (let i = 0; i < size; i++) copy[i] = from[index[i]!]!;
  return copy;
}
