import { tensor, type Values, zeros } from "./create.ts";
import type { Data, Dtype, Operand } from "./index.ts";
import { sameShape, type Shape, showShape, sizeOf, stridesOf } from "./shape.ts";
import { Tensor } from "./tensor.ts";

/**
 * A tensor that keeps only the entries that are not zero: where they are, and what they hold. As
 * the gradient of an embedding it names the rows that a batch touched:
 *
 *     w.grad = sparse_coo_tensor([[1, 3]], [[0.5, 0.5], [1, 1]], [5, 2]);   // rows 1 and 3 of 5
 *
 * It is a gradient for `SparseAdam`, not a tensor to compute with: whoever reads its `data` as if
 * every element were there gets an error. `to_dense()` fills in the zeros.
 */
export class SparseTensor extends Tensor {
  /** One list per sparse dimension: entry `n` stands at `[indices[0][n], indices[1][n], ...]`. */
  readonly indices: readonly Int32Array[];
  /** `[entries, ...the dimensions that are not sparse]` */
  readonly values: Tensor;

  constructor(indices: readonly Int32Array[], values: Tensor, shape: Shape) {
    super(refusing(values.data, shape), shape);
    this.indices = indices;
    this.values = values;
  }

  override get is_sparse(): boolean {
    return true;
  }

  override get size(): number {
    return sizeOf(this.shape);
  }

  /** Where each entry begins among the elements of the dense tensor. */
  get offsets(): number[] {
    const strides = stridesOf(this.shape);
    return Array.from({ length: this.values.shape[0]! }, (_, entry) =>
      this.indices.reduce((offset, places, dim) => offset + places[entry]! * strides[dim]!, 0),
    );
  }

  /**
   * Every place once, in order. Entries at the same place are added, the earlier ones first.
   *
   * @example
   * const twice = sparse_coo_tensor([[2, 0, 2]], [1, 5, 10], [4]);
   * twice.coalesce().indices // [Int32Array(2) [ 0, 2 ]]
   * twice.coalesce().values // tensor([5., 11.])
   */
  coalesce(): SparseTensor {
    const { offsets, values } = this;
    const order = [...offsets.keys()].sort((a, b) => offsets[a]! - offsets[b]!);
    const firsts = order.filter((entry, n) => offsets[entry] !== offsets[order[n - 1]!]);
    const indices = this.indices.map((places) => Int32Array.from(firsts, (n) => places[n]!));
    const length = sizeOf(values.shape.slice(1));
    const sums = zeros([firsts.length, ...values.shape.slice(1)], { dtype: this.dtype });
    let row = -1;
    order.forEach((entry, n) => {
      if (offsets[entry] !== offsets[order[n - 1]!]) row++;
      addRow(sums.data, row * length, values.data, entry * length, length);
    });
    return new SparseTensor(indices, sums, this.shape);
  }

  /**
   * With another sparse tensor, the entries of both, as gradients of two uses of an embedding are
   * collected; with a dense one, a dense sum.
   *
   * @example
   * const both = sparse_coo_tensor([[1]], [1], [3]).add(sparse_coo_tensor([[1]], [2], [3]));
   * both.is_sparse // true
   * both.to_dense() // tensor([0., 3., 0.])
   */
  override add(other: Operand): Tensor {
    if (!(other instanceof SparseTensor)) return this.to_dense().add(other);
    const alike =
      sameShape(this.shape, other.shape) && this.indices.length === other.indices.length;
    if (!alike) return this.to_dense().add(other.to_dense());
    const indices = this.indices.map((places, dim) => [...places, ...other.indices[dim]!]);
    const values = tensor([...this.values.data, ...other.values.data], { dtype: this.dtype });
    return sparse_coo_tensor(indices, values, this.shape);
  }

  /**
   * The same tensor with all its zeros.
   *
   * @example
   * sparse_coo_tensor([[2]], [[7, 8]], [3, 2]).to_dense() // tensor([[0., 0.], [0., 0.], [7., 8.]])
   */
  to_dense(): Tensor {
    const length = sizeOf(this.values.shape.slice(1));
    const dense = zeros(this.shape, { dtype: this.dtype });
    this.offsets.forEach((offset, entry) => {
      addRow(dense.data, offset, this.values.data, entry * length, length);
    });
    return dense;
  }

  override to(dtype: Dtype): Tensor {
    return new SparseTensor(this.indices, this.values.to(dtype), this.shape);
  }

  override toString(): string {
    const indices = `[${this.indices.map((places) => `[${places.join(", ")}]`).join(", ")}]`;
    return `sparse_coo_tensor(${indices}, ${this.values}, ${showShape(this.shape)})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

function addRow(to: Data, at: number, from: Data, start: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i]! += from[start + i]!;
}

/** Stands where a dense tensor has its elements: of the same type, but nothing can be read. */
function refusing(data: Data, shape: Shape): Data {
  const refuse = () => {
    throw new TypeError(
      `data: this ${showShape(shape)} tensor is sparse and has only indices and values. ` +
        "Use to_dense(), or an optimizer for sparse gradients (SparseAdam)",
    );
  };
  return new Proxy(data, { get: refuse, set: refuse });
}

/**
 * A sparse tensor from the places of its entries, one list per sparse dimension, and their values:
 * a number each, or a row (matrix, ...) each where fewer dimensions are sparse than there are.
 *
 * @example
 * sparse_coo_tensor([[0, 1], [1, 0]], [3, 4], [2, 2]).to_dense() // tensor([[0., 3.], [4., 0.]])
 * sparse_coo_tensor([[1]], [[7, 8]], [3, 2]).shape // [3, 2]
 */
export function sparse_coo_tensor(
  indices: readonly ArrayLike<number>[],
  values: Values | Tensor,
  shape: Shape,
): SparseTensor {
  const entries = indices[0]?.length ?? 0;
  const kept = [entries, ...shape.slice(indices.length)];
  const given = values instanceof Tensor ? values : tensor(values);
  indices.forEach((places, dim) => {
    if (places.length !== entries) {
      throw new RangeError(
        `indices: dimension ${dim} has ${places.length}, dimension 0 has ${entries}. ` +
          "Every entry needs an index in each sparse dimension",
      );
    }
    const length = shape[dim] ?? 0;
    const odd = Array.from(places).find((i) => !(Number.isInteger(i) && i >= 0 && i < length));
    if (odd !== undefined) {
      throw new RangeError(
        `index: ${odd} in dimension ${dim} of ${showShape(shape)}. It has 0 to ${length - 1}`,
      );
    }
  });
  if (given.size !== sizeOf(kept)) {
    throw new RangeError(
      `values: ${showShape(given.shape)}, but ${entries} entries of ${showShape(shape)} with ` +
        `${indices.length} sparse dimensions have values of shape ${showShape(kept)}`,
    );
  }
  const places = indices.map((list) => Int32Array.from(list));
  return new SparseTensor(places, new Tensor(given.data.slice(), kept), shape);
}
