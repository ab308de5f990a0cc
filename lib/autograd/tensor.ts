import { narrowed, roundedOnce, widened } from "./autocast.ts";
import { type Data, type Dtype, newData } from "./data.ts";
import { show } from "./display.ts";
import { cast } from "./elementwise.ts";
import * as layout from "./layout.ts";
import type { Indices } from "./layout.ts";
import { matmul } from "./matmul.ts";
import { comparisons, ops } from "./ops.ts";
import * as reduce from "./reduce.ts";
import type { Extremes } from "./reduce.ts";
import { type Alpha, InPlace, scaled } from "./in_place.ts";
import { dimension, indexIn, sameShape, type Shape, showShape } from "./shape.ts";
import { showWithStatistics } from "./statistics.ts";

type Bundle = Record<string, string>;

/** What an operation accepts beside a tensor: another one, or a number. */
export type Operand = Tensor | number;

/**
 * Numbers in a grid, that remember how they were computed. Every operation returns a new tensor and
 * rounds its result to `dtype`, as PyTorch does. Made by `tensor(...)`.
 *
 * Names that end in `_` change the tensor in place. Where PyTorch's result would be another view of
 * the same memory (reshape, transpose, slices), here it is a copy; only `detach()` shares memory.
 *
 * @example
 * const x = tensor([3], { requires_grad: true });
 * x.mul(x).sum().backward();
 * x.grad // tensor([6.])
 */
export class Tensor extends InPlace {
  constructor(data: Data, shape: Shape, requires_grad = false) {
    super(data, shape, requires_grad);
  }

  override like(content: number | Data): Tensor {
    if (typeof content !== "number") return new Tensor(content, this.shape);
    const data = newData(this.dtype, this.size);
    return new Tensor(content === 0 ? data : data.fill(content), this.shape);
  }

  add(other: Operand, options?: Alpha): Tensor {
    return ops.add(this, options === undefined ? other : scaled(other, options));
  }
  sub(other: Operand, options?: Alpha): Tensor {
    return ops.sub(this, options === undefined ? other : scaled(other, options));
  }
  mul(other: Operand): Tensor {
    return ops.mul(this, other);
  }
  div(other: Operand): Tensor {
    return ops.div(this, other);
  }
  pow(exponent: Operand): Tensor {
    const a = widened(this);
    return typeof exponent === "number" ? ops.power(a, exponent) : ops.pow(a, exponent);
  }
  /** The larger of two, element by element. At a tie either gets half of the gradient. */
  maximum(other: Operand): Tensor {
    return ops.maximum(this, other);
  }
  minimum(other: Operand): Tensor {
    return ops.minimum(this, other);
  }
  /** Every element moved into [min, max]; null leaves a side open. */
  clamp(min: number | null = null, max: number | null = null): Tensor {
    return ops.clamp(this, min ?? -Infinity, max ?? Infinity);
  }

  /** 1 where this element is greater, else 0. */
  gt(other: Operand): Tensor {
    return comparisons.gt(this, other);
  }
  ge(other: Operand): Tensor {
    return comparisons.ge(this, other);
  }
  lt(other: Operand): Tensor {
    return comparisons.lt(this, other);
  }
  le(other: Operand): Tensor {
    return comparisons.le(this, other);
  }
  eq(other: Operand): Tensor {
    return comparisons.eq(this, other);
  }
  ne(other: Operand): Tensor {
    return comparisons.ne(this, other);
  }

  neg(): Tensor {
    return ops.neg(this);
  }
  exp(): Tensor {
    return ops.exp(widened(this));
  }
  log(): Tensor {
    return ops.log(widened(this));
  }
  sqrt(): Tensor {
    return ops.sqrt(this);
  }
  abs(): Tensor {
    return ops.abs(this);
  }
  sign(): Tensor {
    return ops.sign(this);
  }
  sin(): Tensor {
    return ops.sin(this);
  }
  cos(): Tensor {
    return ops.cos(this);
  }
  erf(): Tensor {
    return ops.erf(this);
  }
  relu(): Tensor {
    return ops.relu(this);
  }
  tanh(): Tensor {
    return ops.tanh(this);
  }
  sigmoid(): Tensor {
    return ops.sigmoid(this);
  }

  /** exp(x) divided by its sum along a dimension: shares between 0 and 1. */
  softmax(dim: number): Tensor {
    return reduce.softmax(widened(this), this.#dim(dim));
  }
  /** The logarithm of `softmax`, computed without overflow. */
  log_softmax(dim: number): Tensor {
    return reduce.log_softmax(widened(this), this.#dim(dim));
  }

  /** The sum of all elements, or along dimensions (which `keepdim` keeps as size 1). */
  sum(dim?: number | readonly number[], keepdim = false): Tensor {
    const a = widened(this);
    if (dim === undefined) return layout.sumTo(a, []);
    const total = layout.sumTo(a, this.#reduced(dim, true));
    return keepdim ? total : total.#shaped("sum", this.#reduced(dim, false));
  }

  /** The mean of all elements, or along dimensions. */
  mean(dim?: number | readonly number[], keepdim = false): Tensor {
    const meanOf = (a: Tensor) => {
      const total = a.sum(dim, keepdim);
      return total.div(a.size / total.size);
    };
    return roundedOnce(this, meanOf, false);
  }

  /**
   * The largest element; or along a dimension the largest ones and where they are.
   *
   * @example
   * const x = tensor([[1, 5], [7, 2]]);
   * x.max() // tensor(7.)
   * x.max(1).values // tensor([5., 7.])
   * x.max(1).indices // tensor([1., 0.])
   */
  max(): Tensor;
  max(dim: number, keepdim?: boolean): Extremes;
  max(dim?: number, keepdim = false): Tensor | Extremes {
    return dim === undefined
      ? reduce.extreme(this, 1)
      : reduce.extremes(this, this.#dim(dim), keepdim, 1);
  }

  /** The smallest element; or along a dimension the smallest ones and where they are. */
  min(): Tensor;
  min(dim: number, keepdim?: boolean): Extremes;
  min(dim?: number, keepdim = false): Tensor | Extremes {
    return dim === undefined
      ? reduce.extreme(this, -1)
      : reduce.extremes(this, this.#dim(dim), keepdim, -1);
  }

  /** Where the largest element is: among all, or along a dimension. */
  argmax(dim?: number, keepdim = false): Tensor {
    return dim === undefined
      ? reduce.extremes(this.flatten(), 0, false, 1).indices
      : reduce.extremes(this, this.#dim(dim), keepdim, 1).indices;
  }

  /**
   * The p-norm of all elements as one vector, or along dimensions.
   *
   * @example
   * const x = tensor([[3, -4], [0, 1]]);
   * x.norm(2, 1) // tensor([5., 1.])
   * x.norm(1) // tensor(8.)
   * x.norm(Infinity) // tensor(4.)
   */
  norm(p = 2, dim?: number | readonly number[], keepdim = false): Tensor {
    if (this.dtype === "float16") return roundedOnce(this, (a) => a.norm(p, dim, keepdim));
    const shape = dim === undefined ? [] : this.#reduced(dim, keepdim);
    const kept = dim === undefined ? [] : this.#reduced(dim, true);
    if (p === 2) return reduce.length(this, kept).#shaped("norm", shape);
    if (p === 1) return this.abs().sum(dim, keepdim);
    if (p === 0) return this.ne(0).sum(dim, keepdim);
    if (Math.abs(p) !== Infinity)
      return this.abs()
        .pow(p)
        .sum(dim, keepdim)
        .pow(1 / p);
    const sizes = this.abs();
    if (dim === undefined) return p > 0 ? sizes.max() : sizes.min();
    if (typeof dim === "number") return sizes[p > 0 ? "max" : "min"](dim, keepdim).values;
    throw new RangeError(`dim: [${dim.join(", ")}]. The norm of order ${p} takes one dimension`);
  }

  /** Summed over the dimensions that broadcasting from `shape` would stretch. */
  sumTo(shape: Shape): Tensor {
    return sameShape(shape, this.shape) ? this : layout.sumTo(this, shape);
  }

  /** Repeated along dimensions of size 1 and along new ones in front; -1 keeps a size. */
  expand(shape: Shape): Tensor {
    return layout.expand(this, shape);
  }

  clone(): Tensor {
    return layout.reshape("clone", this, this.shape);
  }

  /**
   * The same numbers in another type, rounded to it.
   *
   * @example
   * tensor([2049, 65520]).to("float16") // tensor([2048., inf], dtype=float16)
   */
  to(dtype: Dtype): Tensor {
    return dtype === this.dtype ? this : cast(this, dtype);
  }
  half(): Tensor {
    return this.to("float16");
  }
  float(): Tensor {
    return this.to("float32");
  }
  double(): Tensor {
    return this.to("float64");
  }

  /** The same elements in another shape; one size may be -1. */
  reshape(shape: Shape): Tensor {
    return layout.reshape("reshape", this, layout.completeShape(shape, this.size));
  }
  /** As `reshape`; tensors here are always contiguous. */
  view(shape: Shape): Tensor {
    return this.reshape(shape);
  }
  /** Dimensions `start_dim` to `end_dim` as one. */
  flatten(start_dim = 0, end_dim = -1): Tensor {
    const [from, to] = [this.#dim(start_dim), this.#dim(end_dim)];
    return this.reshape([...this.shape.slice(0, from), -1, ...this.shape.slice(to + 1)]);
  }
  /** With a new dimension of size 1 at this place. */
  unsqueeze(dim: number): Tensor {
    return this.#shaped(
      "unsqueeze",
      this.shape.toSpliced(dimension(dim, this.shape.length + 1), 0, 1),
    );
  }
  /** Without dimensions of size 1: all of them, or one. */
  squeeze(dim?: number): Tensor {
    const d = dim === undefined ? null : this.#dim(dim);
    const shape = this.shape.filter((length, i) => length !== 1 || (d !== null && i !== d));
    return this.#shaped("squeeze", shape);
  }

  /** Two dimensions exchanged: by default the two of a matrix. */
  transpose(dim0 = 0, dim1 = 1): Tensor {
    const order = [...this.shape.keys()];
    const [a, b] = [this.#dim(dim0), this.#dim(dim1)];
    [order[a], order[b]] = [b, a];
    return layout.permute("transpose", this, order);
  }
  /** Dimensions in a new order: `permute([2, 0, 1])` has the last in front. */
  permute(dims: readonly number[]): Tensor {
    const order = dims.map((dim) => this.#dim(dim));
    return layout.permute("permute", this, order);
  }

  /** PyTorch's `x[i, j]`: an element, a row, ... Negative indices count from the end. */
  at(...place: number[]): Tensor {
    if (place.length > this.shape.length) {
      throw new RangeError(
        `too many indices for tensor of dimension ${this.shape.length}: [${place.join(", ")}]`,
      );
    }
    return place.reduce<Tensor>((part, index) => part.select(0, index), this);
  }
  /** The part at one index along a dimension, without that dimension. */
  select(dim: number, index: number): Tensor {
    const d = this.#dim(dim);
    const part = layout.range(this, d, indexIn(this.shape[d]!, index, d), 1);
    return part.#shaped("select", this.shape.toSpliced(d, 1));
  }
  /** `length` elements along a dimension, from `start` on. */
  narrow(dim: number, start: number, length: number): Tensor {
    const d = this.#dim(dim);
    const size = this.shape[d]!;
    const from = start < 0 ? start + size : start;
    if (from >= 0 && length >= 0 && from + length <= size) {
      return layout.range(this, d, from, length);
    }
    throw new RangeError(
      `start (${start}) + length (${length}) exceeds dimension size (${size}): ` +
        `dimension ${d} of ${showShape(this.shape)}`,
    );
  }
  /**
   * Python's `x[start:end:step]` along a dimension; what lies outside is cut off.
   *
   * @example
   * tensor([0, 1, 2, 3, 4]).slice(0, 1, -1) // tensor([1., 2., 3.])
   * tensor([0, 1, 2, 3, 4]).slice(0, 0, 5, 2) // tensor([0., 2., 4.])
   */
  slice(dim: number, start = 0, end = Infinity, step = 1): Tensor {
    const d = this.#dim(dim);
    const size = this.shape[d]!;
    if (!Number.isInteger(step) || step < 1) {
      throw new RangeError(`step: ${step}. slice step must be a positive whole number`);
    }
    const inside = (i: number) => Math.min(Math.max(i < 0 ? i + size : i, 0), size);
    const count = Math.max(0, Math.ceil((inside(end) - inside(start)) / step));
    return layout.range(this, d, inside(start), count, step);
  }
  /**
   * The parts at these indices along a dimension, in this order; repeated ones are repeated.
   *
   * @example
   * tensor([[1, 2], [3, 4]]).index_select(0, [1, 1]) // tensor([[3., 4.], [3., 4.]])
   */
  index_select(dim: number, indices: Indices): Tensor {
    return layout.index_select(this, this.#dim(dim), indices);
  }
  /**
   * One element for each index, which counts along `dim` at its own place in the other dimensions.
   *
   * @example
   * tensor([[1, 2], [3, 4]]).gather(1, tensor([[1], [0]])) // tensor([[2.], [3.]])
   */
  gather(dim: number, indices: Tensor): Tensor {
    return layout.gather(this, this.#dim(dim), indices);
  }

  /**
   * Matrix product: [..., n, k] by [..., k, m], or a vector [k] on either side.
   *
   * @example
   * tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1])) // tensor([3., 7.])
   * ones([5, 2, 3]).matmul(ones([3, 4])).shape // [5, 2, 4]
   */
  matmul(other: Tensor): Tensor {
    return matmul(narrowed(this), narrowed(other));
  }

  /** The sum of the products of two vectors. */
  dot(other: Tensor): Tensor {
    if (this.shape.length === 1 && sameShape(this.shape, other.shape)) return this.matmul(other);
    throw new RangeError(
      `1D tensors of one length expected, but got ${showShape(this.shape)} and ` +
        showShape(other.shape),
    );
  }

  #dim(dim: number): number {
    return dimension(dim, this.shape.length);
  }

  #reduced(dim: number | readonly number[], keepdim: boolean): number[] {
    const gone = (typeof dim === "number" ? [dim] : dim).map((each) => this.#dim(each));
    const shape = this.shape.map((length, i) => (gone.includes(i) ? 1 : length));
    return keepdim ? shape : shape.filter((_, i) => !gone.includes(i));
  }

  #shaped(name: string, shape: Shape): Tensor {
    return sameShape(shape, this.shape) ? this : layout.reshape(name, this, shape);
  }

  override toString(): string {
    return show(this);
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return show(this);
  }
  [Symbol.for("Jupyter.display")](): Bundle | Promise<Bundle> {
    const bundle = () => ({ "text/plain": showWithStatistics(this) });
    return this.remote?.ahead ? this.read().then(bundle) : bundle();
  }
}
