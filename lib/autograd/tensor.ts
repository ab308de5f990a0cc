import { type Data, type Dtype, newData } from "./data.ts";
import { show } from "./display.ts";
import { Grid } from "./grid.ts";
import { cast, gather, matmul, ops, scatter } from "./ops.ts";
import {
  broadcastIndex,
  dimension,
  sameShape,
  type Shape,
  showShape,
  sizeOf,
  stridedIndex,
  stridesOf,
} from "./shape.ts";
import { is_grad_enabled, type Node, runBackward } from "./tape.ts";

/** What an operation accepts beside a tensor: another one, or a number. */
export type Operand = Tensor | number;

/**
 * Numbers in a grid, that remember how they were computed. Every operation returns a new tensor and
 * rounds its result to `dtype`, as PyTorch does. Made by `tensor(...)`.
 *
 * @example
 * const x = tensor([3], { requires_grad: true });
 * x.mul(x).sum().backward();
 * x.grad // tensor([6.])
 */
export class Tensor extends Grid {
  requires_grad: boolean;
  /** The operation that made this tensor; null for a leaf. */
  grad_fn: Node | null = null;
  #grad: Tensor | null = null;
  /** Memory for the next gradient; null once somebody may hold the one in it. */
  #gradHome: Data | null = null;

  constructor(data: Data, shape: Shape, requires_grad = false) {
    super(data, shape);
    this.requires_grad = requires_grad;
  }

  /** Made by hand, not by an operation that is being recorded. */
  get is_leaf(): boolean {
    return this.grad_fn === null;
  }

  /** The gradient that `backward` collected in this leaf; null before the first. */
  get grad(): Tensor | null {
    if (this.#grad?.data === this.#gradHome) this.#gradHome = null;
    return this.#grad;
  }

  /** `grad` for a reader that keeps nothing: an optimizer, which steps and is done with it. */
  peekGrad(): Tensor | null {
    return this.#grad;
  }

  /** Offers memory in which gradients are collected again and again, until `grad` is looked at. */
  offerGradHome(home: Data): void {
    this.#gradHome = home;
  }

  set grad(grad: Tensor | null) {
    if (grad !== null && (!sameShape(grad.shape, this.shape) || grad.dtype !== this.dtype)) {
      throw new RangeError(
        `grad: ${grad.dtype} ${showShape(grad.shape)} does not fit ` +
          `${this.dtype} ${showShape(this.shape)}. A gradient has its tensor's dtype and shape`,
      );
    }
    this.#grad = grad;
  }

  /**
   * Adds the derivative of this number with respect to every leaf behind it to the leaf's `grad`.
   * With a `gradient` it may start from a tensor of any shape.
   *
   * @example
   * const w = tensor([1, 2], { requires_grad: true });
   * w.pow(2).sum().backward();
   * w.grad // tensor([2., 4.])
   */
  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    const { retain_graph = options.create_graph ?? false, create_graph = false } = options;
    if (!this.requires_grad) {
      throw new Error("backward: no tensor behind this one was made with requires_grad: true");
    }
    if (gradient === undefined && this.size !== 1) {
      throw new Error(
        `grad can be implicitly created only for scalar outputs: this one is ` +
          `${showShape(this.shape)}. Reduce it first (sum, mean), or pass a gradient`,
      );
    }
    const one = new Tensor(newData(this.dtype, this.size).fill(1), this.shape);
    runBackward(this, gradient ?? one, retain_graph, create_graph);
  }

  /** Adds to `grad`, in a new buffer at first. */
  accumulateGrad(g: Tensor): void {
    if (!this.requires_grad) return;
    if (is_grad_enabled()) this.#grad = this.#grad === null ? g : this.#grad.add(g);
    else if (this.#grad === null) this.#grad = new Tensor(this.#keep(g.data), this.shape);
    else this.#grad.add_(g);
  }

  #keep(data: Data): Data {
    if (this.#gradHome === null) return data.slice();
    this.#gradHome.set(data);
    return this.#gradHome;
  }

  /** The same numbers, cut off from the tape. They share memory. */
  detach(): Tensor {
    return new Tensor(this.data, this.shape);
  }

  /** The same numbers with the same history, as another object. */
  alias(): Tensor {
    const other = new Tensor(this.data, this.shape, this.requires_grad);
    other.grad_fn = this.grad_fn;
    return other;
  }

  /** Takes over the numbers and the history of another tensor: a change in place that is recorded. */
  become(other: Tensor): void {
    if (this.is_leaf && this.requires_grad) {
      throw new Error(
        "a leaf Variable that requires grad is being used in an in-place operation. " +
          "Optimize a clone() of it",
      );
    }
    this.data = other.data;
    this.grad_fn = other.grad_fn;
    this.requires_grad = other.requires_grad;
    this.version++;
  }

  clone(): Tensor {
    return gather("clone", this, stridedIndex(this.shape, stridesOf(this.shape)), this.shape);
  }

  to(dtype: Dtype): Tensor {
    return dtype === this.dtype ? this : cast(this, dtype);
  }

  #operand(other: Operand): Tensor {
    return other instanceof Tensor ? other : new Tensor(newData(this.dtype, 1).fill(other), []);
  }

  add(other: Operand): Tensor {
    return ops.add(this, this.#operand(other));
  }
  sub(other: Operand): Tensor {
    return ops.sub(this, this.#operand(other));
  }
  mul(other: Operand): Tensor {
    return ops.mul(this, this.#operand(other));
  }
  div(other: Operand): Tensor {
    return ops.div(this, this.#operand(other));
  }
  pow(exponent: Operand): Tensor {
    return ops.pow(this, this.#operand(exponent));
  }
  maximum(other: Operand): Tensor {
    return ops.maximum(this, this.#operand(other));
  }
  minimum(other: Operand): Tensor {
    return ops.minimum(this, this.#operand(other));
  }
  /** 1 where this element is greater, else 0. */
  gt(other: Operand): Tensor {
    return ops.gt(this, this.#operand(other));
  }
  /** 1 where this element is less, else 0. */
  lt(other: Operand): Tensor {
    return ops.lt(this, this.#operand(other));
  }
  /** 1 where the elements are equal, else 0. */
  eq(other: Operand): Tensor {
    return ops.eq(this, this.#operand(other));
  }
  neg(): Tensor {
    return ops.neg(this);
  }
  exp(): Tensor {
    return ops.exp(this);
  }
  log(): Tensor {
    return ops.log(this);
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
  relu(): Tensor {
    return ops.relu(this);
  }
  tanh(): Tensor {
    return ops.tanh(this);
  }
  sigmoid(): Tensor {
    return ops.sigmoid(this);
  }

  /** The sum of all elements, or along one dimension (which `keepdim` keeps as size 1). */
  sum(dim?: number, keepdim = false): Tensor {
    if (dim === undefined) return this.sumTo([]);
    const d = dimension(dim, this.shape.length);
    const total = this.sumTo(this.shape.map((length, i) => (i === d ? 1 : length)));
    return keepdim ? total : total.reshape(this.shape.filter((_, i) => i !== d));
  }

  /** The mean of all elements, or along one dimension. */
  mean(dim?: number, keepdim = false): Tensor {
    const count = dim === undefined ? this.size : this.shape[dimension(dim, this.shape.length)]!;
    return this.sum(dim, keepdim).div(count);
  }

  /** Summed over the dimensions that broadcasting from `shape` would stretch. */
  sumTo(shape: Shape): Tensor {
    if (sameShape(shape, this.shape)) return this;
    return scatter("sum", this, broadcastIndex(shape, this.shape), shape);
  }

  /** Repeated along dimensions of size 1, as broadcasting does. */
  expand(shape: Shape): Tensor {
    return gather("expand", this, broadcastIndex(this.shape, shape), shape);
  }

  /** The same elements in another shape; one size may be -1. */
  reshape(shape: Shape): Tensor {
    const known = shape.reduce((size, length) => (length === -1 ? size : size * length), 1);
    const full = shape.map((length) => (length === -1 ? this.size / known : length));
    if (sizeOf(full) !== this.size || !full.every(Number.isInteger)) {
      throw new RangeError(
        `shape: ${showShape(shape)} does not hold the ${this.size} elements of ` +
          `${showShape(this.shape)}`,
      );
    }
    return gather("reshape", this, stridedIndex([this.size], [1]), full);
  }

  /** Two dimensions exchanged: by default the two of a matrix. */
  transpose(dim0 = 0, dim1 = 1): Tensor {
    const rank = this.shape.length;
    const order = this.shape.map((_, dim) => dim);
    const [a, b] = [dimension(dim0, rank), dimension(dim1, rank)];
    [order[a], order[b]] = [b, a];
    const shape = order.map((dim) => this.shape[dim]!);
    const strides = stridesOf(this.shape);
    const index = stridedIndex(
      shape,
      order.map((dim) => strides[dim]!),
    );
    return gather("transpose", this, index, shape);
  }

  /** PyTorch's `x[i, j]`: an element, a row, ... Negative indices count from the end. */
  at(...place: number[]): Tensor {
    const strides = stridesOf(this.shape);
    let offset = 0;
    place.forEach((index, dim) => {
      const length = this.shape[dim];
      if (length === undefined || !(index >= -length && index < length)) {
        throw new RangeError(`index: [${place.join(", ")}] is outside ${showShape(this.shape)}`);
      }
      offset += (index < 0 ? index + length : index) * strides[dim]!;
    });
    const shape = this.shape.slice(place.length);
    return gather("at", this, stridedIndex(shape, strides.slice(place.length), offset), shape);
  }

  /** The rows with these numbers, in this order. */
  rows(numbers: readonly number[]): Tensor {
    const [count = 0, ...rest] = this.shape;
    const strides = stridesOf(this.shape);
    const index = numbers.map((row) => {
      if (Number.isInteger(row) && row >= 0 && row < count) return row * strides[0]!;
      throw new RangeError(`row: ${row}. This tensor has ${count}: 0 to ${count - 1}`);
    });
    const inRow = stridedIndex(rest, strides.slice(1));
    const all = Int32Array.from(index.flatMap((start) => Array.from(inRow, (at) => start + at)));
    return gather("rows", this, all, [numbers.length, ...rest]);
  }

  /**
   * Matrix product: [n, k] by [k, m], or a vector [k] on either side.
   *
   * @example
   * tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1])) // tensor([3., 7.])
   */
  matmul(other: Tensor): Tensor {
    const [left, right] = [this.shape, other.shape];
    const a = left.length === 1 ? this.reshape([1, -1]) : this;
    const b = right.length === 1 ? other.reshape([-1, 1]) : other;
    if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[1] !== b.shape[0]) {
      throw new RangeError(
        `shapes: ${showShape(left)} and ${showShape(right)} cannot be multiplied. ` +
          `matmul takes [n, k] and [k, m], or a vector [k] on either side`,
      );
    }
    const shape = [...left.slice(0, -1), ...right.slice(1)];
    const product = matmul(a, b);
    return sameShape(product.shape, shape) ? product : product.reshape(shape);
  }

  /** The sum of the products of two vectors. */
  dot(other: Tensor): Tensor {
    if (this.shape.length === 1 && sameShape(this.shape, other.shape)) return this.matmul(other);
    throw new RangeError(
      `shapes: ${showShape(this.shape)} and ${showShape(other.shape)}. ` +
        `dot takes two vectors of one length`,
    );
  }

  /** Replaces the elements in place; the shapes must broadcast. */
  copy_(other: Operand): this {
    return this.#inPlace(other, (_, b) => b);
  }
  add_(other: Operand): this {
    return this.#inPlace(other, (a, b) => a + b);
  }
  sub_(other: Operand): this {
    return this.#inPlace(other, (a, b) => a - b);
  }
  mul_(other: Operand): this {
    return this.#inPlace(other, (a, b) => a * b);
  }
  zero_(): this {
    return this.copy_(0);
  }

  #inPlace(other: Operand, f: (a: number, b: number) => number): this {
    if (this.requires_grad && is_grad_enabled()) {
      throw new Error(
        "in place: a tensor that requires grad cannot be changed while operations are recorded. " +
          "Wrap the change in no_grad(() => ...)",
      );
    }
    const source = this.#operand(other);
    const index = broadcastIndex(source.shape, this.shape);
    for (let i = 0; i < this.size; i++) this.data[i] = f(this.data[i]!, source.data[index[i]!]!);
    this.version++;
    return this;
  }

  override toString(): string {
    return show(this);
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return show(this);
  }
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": show(this) };
  }
}

export interface BackwardOptions {
  /** Keep the saved values, so that `backward` can run again. */
  retain_graph?: boolean;
  /** Record the way back as well, for derivatives of derivatives. */
  create_graph?: boolean;
}
