import { ops } from "./ops.ts";
import { is_grad_enabled } from "./tape.ts";
import type { Operand, Tensor } from "./tensor.ts";
import { Variable } from "./variable.ts";

/** PyTorch's `alpha`: what the second operand is multiplied by first. */
export interface Alpha {
  alpha?: number;
}

export const scaled = (other: Operand, { alpha = 1 }: Alpha): Operand =>
  typeof other === "number" ? alpha * other : other.mul(alpha);

type OfOne = (a: Tensor, into: Tensor) => Tensor;
type OfTwo = (a: Tensor, b: Operand, into: Tensor) => Tensor;

/**
 * The operations that overwrite their tensor. They are recorded like the others, and each counts as
 * a new version, so that `backward` notices when a value that it needs is gone.
 */
export abstract class InPlace extends Variable {
  /**
   * Replaces the elements; the other's shape is broadcast.
   *
   * @example
   * zeros([2, 2]).copy_(tensor([1, 2])) // tensor([[1., 2.], [1., 2.]])
   */
  copy_(other: Operand): this {
    return this.#with(ops.copy, other);
  }
  fill_(value: number): this {
    return this.#with(ops.copy, value);
  }
  zero_(): this {
    return this.#with(ops.copy, 0);
  }
  /**
   * Adds the other, or `alpha` times the other.
   *
   * @example
   * tensor([1, 2]).add_(tensor([10, 20]), { alpha: 0.5 }) // tensor([6., 12.])
   */
  add_(other: Operand, options?: Alpha): this {
    return this.#with(ops.add, options === undefined ? other : scaled(other, options));
  }
  sub_(other: Operand, options?: Alpha): this {
    return this.#with(ops.sub, options === undefined ? other : scaled(other, options));
  }
  mul_(other: Operand): this {
    return this.#with(ops.mul, other);
  }
  div_(other: Operand): this {
    return this.#with(ops.div, other);
  }
  pow_(exponent: Operand): this {
    if (typeof exponent !== "number") return this.#with(ops.pow, exponent);
    return this.#alone((a, into) => ops.power(a, exponent, into));
  }
  clamp_(min: number | null = null, max: number | null = null): this {
    return this.#alone((a, into) => ops.clamp(a, min ?? -Infinity, max ?? Infinity, into));
  }
  neg_(): this {
    return this.#alone(ops.neg);
  }
  abs_(): this {
    return this.#alone(ops.abs);
  }
  exp_(): this {
    return this.#alone(ops.exp);
  }
  log_(): this {
    return this.#alone(ops.log);
  }
  sqrt_(): this {
    return this.#alone(ops.sqrt);
  }
  relu_(): this {
    return this.#alone(ops.relu);
  }
  tanh_(): this {
    return this.#alone(ops.tanh);
  }
  sigmoid_(): this {
    return this.#alone(ops.sigmoid);
  }

  #with(op: OfTwo, other: Operand): this {
    const recorded = this.requires_grad || (typeof other !== "number" && other.requires_grad);
    const self = this.writable();
    op(this.#before(recorded), other, self);
    return this;
  }

  #alone(op: OfOne): this {
    const self = this.writable();
    op(this.#before(this.requires_grad), self);
    return this;
  }

  /** What is computed from: if the derivative may need it, a copy that is not overwritten. */
  #before(recorded: boolean): Tensor {
    return this.alias(recorded && is_grad_enabled() ? this.data.slice() : this.data);
  }
}
