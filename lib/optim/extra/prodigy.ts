import { type Tensor, tensor, zeros } from "../../autograd/index.ts";
import { refuse, ValueError } from "../errors.ts";
import { Optimizer, type ParamGroup, type Params, type State } from "../optimizer.ts";
import { checkBetas } from "../options.ts";

export interface ProdigyOptions {
  /** A factor of the step size that is found; 1 means: as found. */
  lr: number;
  /** How long gradients and squared gradients are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
  /** The first guess of the distance to the solution; too small is fine. */
  d0: number;
}

const defaults: ProdigyOptions = {
  lr: 1,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weight_decay: 0,
  d0: 1e-6,
};

/**
 * Adam that finds its own step size: `d`, a lower bound of the distance from the start to the
 * solution, grows as the walk shows it. By hand: `d` comes from sums over all parameters.
 *
 * Source: Mishchenko, Defazio (2024), Prodigy: An Expeditiously Adaptive Parameter-Free Learner,
 * ICML, arXiv:2306.06101, algorithm 4.
 *
 * @example
 * const w = tensor([1], { requires_grad: true });
 * const opt = new extra.Prodigy([w], { d0: 0.1 });
 * w.grad = tensor([1]);
 * opt.step();
 * w // tensor([0.6838], requires_grad=true)
 */
export class Prodigy extends Optimizer<ProdigyOptions> {
  /** The distance found so far. */
  d: number;
  #numerator = 0;

  constructor(params: Params<ProdigyOptions>, options: Partial<ProdigyOptions> = {}) {
    const all = { ...defaults, ...options };
    refuse(!(all.lr >= 0), "learning rate", all.lr);
    refuse(!(all.d0 > 0), "d0 value", all.d0);
    refuse(!(all.eps >= 0), "epsilon value", all.eps);
    checkBetas(all.betas);
    refuse(!(all.weight_decay >= 0), "weight_decay value", all.weight_decay);
    super(params, all);
    this.d = all.d0;
    if (this.param_groups.length > 1) {
      throw new ValueError("Prodigy doesn't support per-parameter options (parameter groups)");
    }
  }

  protected override stepGroup(group: ParamGroup<ProdigyOptions>): void {
    const { lr, betas, eps, weight_decay } = group;
    const [beta1, beta2] = betas as [number, number];
    const memory = Math.sqrt(beta2);
    const moving = group.params.filter((param) => param.peekGrad() !== null);
    const { d } = this;
    let towards = 0;
    let weight = 0;
    for (const param of moving) {
      const g = param.peekGrad()!.detach();
      const { start, s, m, v } = this.#stateOf(param);
      m.copy_(m.mul(beta1).add(g.mul(d * (1 - beta1))));
      v.copy_(v.mul(beta2).add(g.mul(d * d * (1 - beta2)).mul(g)));
      s.copy_(s.mul(memory).add(g.mul((1 - memory) * lr * d * d)));
      towards += g.mul(start.sub(param.detach())).sum().item();
      weight += s.abs().sum().item();
    }
    this.#numerator = memory * this.#numerator + (1 - memory) * lr * d * d * towards;
    if (weight > 0) this.d = Math.max(d, this.#numerator / weight);
    for (const param of moving) {
      const { m, v } = this.#stateOf(param);
      const decayed = param.detach().mul(1 - lr * d * weight_decay);
      param.copy_(decayed.sub(m.mul(lr * d).div(v.sqrt().add(d * eps))));
    }
  }

  #stateOf(param: Tensor): { start: Tensor; s: Tensor; m: Tensor; v: Tensor } {
    const like = () => zeros(param.shape, { dtype: param.dtype });
    let state: State | undefined = this.state.get(param);
    if (state === undefined) {
      const start = tensor(param.data, { shape: param.shape, dtype: param.dtype });
      this.state.set(param, (state = { start, s: like(), m: like(), v: like() }));
    }
    return state as { start: Tensor; s: Tensor; m: Tensor; v: Tensor };
  }
}
