import { type Tensor, tensor } from "../../autograd/index.ts";
import { refuse } from "../errors.ts";
import type { ParamGroup, State } from "../optimizer.ts";

/** What Lookahead needs of the optimizer inside. */
interface Inner<O> {
  readonly param_groups: ParamGroup<O>[];
  readonly state: Map<Tensor, State>;
  step(): undefined;
  step<T>(closure: () => T): T;
  zero_grad(set_to_none?: boolean): void;
}

export interface LookaheadOptions {
  /** Steps of the inner optimizer between two looks back. */
  k?: number;
  /** How far the slow weights follow. */
  alpha?: number;
}

/**
 * Lets any optimizer run k steps ahead, then goes a part of the way there. By hand: it acts on whole
 * optimizers, not on one gradient.
 *
 * Source: Zhang, Lucas, Hinton, Ba (2019), Lookahead Optimizer: k steps forward, 1 step back,
 * NeurIPS, arXiv:1907.08610.
 *
 * @example
 * const w = tensor([0], { requires_grad: true });
 * const opt = new extra.Lookahead(new SGD([w], { lr: 1 }), { k: 2, alpha: 0.5 });
 * for (let i = 0; i < 2; i++) { w.grad = tensor([-1]); opt.step(); }
 * w // tensor([1.], requires_grad=true)
 */
export class Lookahead<O> {
  readonly optimizer: Inner<O>;
  readonly #k: number;
  readonly #alpha: number;
  readonly #slow = new Map<Tensor, Tensor>();
  #steps = 0;

  constructor(optimizer: Inner<O>, { k = 5, alpha = 0.5 }: LookaheadOptions = {}) {
    refuse(!(Number.isInteger(k) && k > 0), "k value", k);
    refuse(!(alpha >= 0 && alpha <= 1), "alpha value", alpha);
    this.optimizer = optimizer;
    this.#k = k;
    this.#alpha = alpha;
    for (const param of this.#params()) {
      this.#slow.set(param, tensor(param.data, { shape: param.shape, dtype: param.dtype }));
    }
  }

  get param_groups(): ParamGroup<O>[] {
    return this.optimizer.param_groups;
  }

  get state(): Map<Tensor, State> {
    return this.optimizer.state;
  }

  zero_grad(set_to_none = true): void {
    this.optimizer.zero_grad(set_to_none);
  }

  step(): undefined;
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | undefined {
    const loss = closure ? this.optimizer.step(closure) : this.optimizer.step();
    this.#steps++;
    if (this.#steps % this.#k === 0) this.#lookBack();
    return loss;
  }

  #lookBack(): void {
    for (const param of this.#params()) {
      const slow = this.#slow.get(param) ?? tensor(param.data, { shape: param.shape });
      this.#slow.set(param, slow);
      slow.copy_(slow.add(param.detach().sub(slow).mul(this.#alpha)));
      param.data.set(slow.data);
      param.version++;
    }
  }

  #params(): Tensor[] {
    return this.optimizer.param_groups.flatMap(({ params }) => params);
  }
}
