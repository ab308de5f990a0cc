import { type BackwardOptions, firstGradient, runBackward, sumOf } from "./backward.ts";
import { type Data, newData } from "./data.ts";
import { Grid } from "./grid.ts";
import { sameShape, type Shape, showShape } from "./shape.ts";
import { type Hook, is_grad_enabled, type Node } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What `register_hook` gives back, to undo it. */
export interface HookHandle {
  remove(): void;
}

/** Numbers that know where they came from and collect a gradient: a tensor without its operations. */
export abstract class Variable extends Grid {
  requires_grad: boolean;
  /** The operation that made this tensor; null for a leaf. */
  grad_fn: Node | null = null;
  /** Hooks of a leaf; those of a result are kept with the operation that made it. */
  hooks: Hook[] | null = null;
  #collected: Tensor | null = null;
  /** Memory for the next gradient; null once somebody may hold the one in it. */
  #gradHome: Data | null = null;

  constructor(data: Data, shape: Shape, requires_grad: boolean) {
    super(data, shape);
    this.requires_grad = requires_grad;
  }

  /** A tensor of this shape and dtype, filled with a number or holding the given data. */
  abstract like(content: number | Data): Tensor;

  /** Made by hand, not by an operation that is being recorded. */
  get is_leaf(): boolean {
    return this.grad_fn === null;
  }

  /** The gradient that `backward` collected in this leaf; null before the first. */
  get grad(): Tensor | null {
    if (this.#collected?.data === this.#gradHome) this.#gradHome = null;
    return this.#collected;
  }

  set grad(grad: Tensor | null) {
    if (grad !== null) this.#checkGrad(grad);
    this.#collected = grad;
  }

  /** In PyTorch's words. */
  #checkGrad(grad: unknown): void {
    if (!(grad instanceof Variable)) {
      throw new TypeError(
        `assigned grad expected to be a Tensor or None but got grad of type ${typeof grad}`,
      );
    }
    if ((grad as Variable) === this) throw new TypeError("can't assign Variable as its own grad");
    if (grad.dtype !== this.dtype) {
      throw new TypeError(
        `attempting to assign a gradient with dtype '${grad.dtype}' to a tensor with grad_dtype ` +
          `'${this.dtype}'. The gradient must match the tensor's grad_dtype: use grad.to("${this.dtype}")`,
      );
    }
    if (sameShape(grad.shape, this.shape)) return;
    throw new RangeError(
      `attempting to assign a gradient of size '${showShape(grad.shape)}' to a tensor of size ` +
        `'${showShape(this.shape)}'. Please ensure that the gradient and the tensor are the same size`,
    );
  }

  /** `grad` for a reader that keeps nothing: an optimizer, which steps and is done with it. */
  peekGrad(): Tensor | null {
    return this.#collected;
  }

  /** Offers memory in which gradients are collected again and again, until `grad` is looked at. */
  offerGradHome(home: Data): void {
    this.#gradHome = home;
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
    const root = this as unknown as Tensor;
    runBackward(root, firstGradient(root, gradient), options);
  }

  /** Whether the gradient is in the memory that was offered, and nobody else can write there. */
  get gradIsAtHome(): boolean {
    return this.#collected !== null && this.#collected.data === this.#gradHome;
  }

  /** Adds to `grad`: in place, in a buffer of its own, unless the way back is being recorded. */
  accumulateGrad(g: Tensor): void {
    const before = this.#collected;
    if (is_grad_enabled() || g.is_sparse || before?.is_sparse) {
      this.#collected = before === null ? g : sumOf(before, g);
    } else if (before === null) this.#collected = this.like(this.#keep(g.data));
    else before.add_(g);
  }

  #keep(data: Data): Data {
    const home = this.#gradHome ?? newData(this.dtype, data.length);
    if (data.length > 64) home.set(data);
    else for (let i = 0; i < data.length; i++) home[i] = data[i]!;
    return home;
  }

  /**
   * Shows every gradient of this tensor to a function, which may return another in its place.
   *
   * @example
   * const w = tensor([1], { requires_grad: true });
   * const handle = w.register_hook((g) => g.mul(10));
   * w.mul(2).sum().backward();
   * w.grad // tensor([20.])
   * handle.remove();
   */
  register_hook(hook: Hook): HookHandle {
    if (!this.requires_grad) {
      throw new Error("cannot register a hook on a tensor that doesn't require gradient");
    }
    const holder = this.grad_fn ?? this;
    holder.hooks = [...(holder.hooks ?? []), hook];
    return {
      remove() {
        holder.hooks = holder.hooks?.filter((other) => other !== hook) ?? null;
      },
    };
  }

  /**
   * Keeps the gradient of a result in its `grad`, as leaves do anyway.
   *
   * @example
   * const w = tensor([3], { requires_grad: true });
   * const y = w.mul(2);
   * y.retain_grad();
   * y.pow(2).sum().backward();
   * y.grad // tensor([12.])
   */
  retain_grad(): void {
    if (!this.requires_grad) {
      throw new Error("can't retain_grad on Tensor that has requires_grad=False");
    }
    if (this.grad_fn !== null) this.grad_fn.keeper = this as unknown as Tensor;
  }

  /**
   * Whether `backward` is to collect a gradient here.
   *
   * @example
   * zeros([1]).requires_grad_() // tensor([0.], requires_grad=true)
   */
  requires_grad_(on = true): this {
    if (!on && !this.is_leaf) {
      throw new Error(
        "you can only change requires_grad flags of leaf variables. If you want to use a " +
          "computed variable in a subgraph that doesn't require differentiation, use detach()",
      );
    }
    this.requires_grad = on;
    return this;
  }

  /**
   * The same numbers, cut off from the tape. They share memory.
   *
   * @example
   * tensor([1], { requires_grad: true }).mul(2).detach() // tensor([2.])
   */
  detach(): Tensor {
    const other = this.like(this.data);
    other.shareMemory(this);
    return other;
  }

  /** Cuts this tensor itself off from the tape. */
  detach_(): this {
    this.grad_fn = null;
    this.requires_grad = false;
    return this;
  }

  /** The same history as another object, with the same numbers or a copy of them. */
  alias(data = this.data): Tensor {
    const other = this.like(data);
    other.requires_grad = this.requires_grad;
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
    this.version++;
    this.grad_fn = other.grad_fn;
    this.requires_grad = other.requires_grad;
  }

  /** Refuses a change in place that no gradient could pass; otherwise this tensor. */
  protected writable(): Tensor {
    if (this.is_leaf && this.requires_grad && is_grad_enabled()) {
      throw new Error(
        "a leaf Variable that requires grad is being used in an in-place operation. " +
          "Wrap the change in no_grad(() => ...)",
      );
    }
    return this as unknown as Tensor;
  }
}
