import { Tensor, zeros } from "../../autograd/index.ts";
import type { Rule } from "../../kernels/index.ts";
import { refuse } from "../errors.ts";
import { checkBetas, type Switches, switches } from "../options.ts";
import { RuleOptimizer } from "../rule_optimizer.ts";

const rule: Rule = {
  name: "SophiaG",
  papers: [
    "Liu, Li, Hall, Liang, Ma (2024), Sophia: A Scalable Stochastic Second-order Optimizer for " +
      "Language Model Pre-training, ICLR, arXiv:2305.14342",
  ],
  defaults: {
    lr: 1e-4,
    betas: [0.965, 0.99],
    rho: 0.04,
    batch_size: 1,
    weight_decay: 0.1,
    ...switches("maximize", "differentiable"),
  },
  parts: { betas: ["beta1", "beta2"] },
  state: { exp_avg: { symbol: "m" }, hessian: { symbol: "h" } },
  symbols: { batch_size: "B" },
  text: `
    if maximize: g = -g
    if weight_decay != 0: theta = theta * (1 - lr * weight_decay)
    m = beta1 * m + (1 - beta1) * g
    theta = theta - lr * sign(m) * min(abs(m) / (rho * batch_size * h + 1e-15), 1)
  `,
};

export interface SophiaGOptions extends Pick<Switches, "maximize" | "differentiable"> {
  lr: number;
  /** How long gradients and curvatures are remembered. */
  betas: readonly number[];
  /** How often a step is cut: the larger, the fewer. */
  rho: number;
  /** Number of samples behind the gradient that `update_hessian` sees. */
  batch_size: number;
  weight_decay: number;
}

/**
 * Steps along a mean of gradients divided by the curvature, cut to lr where the curvature is small.
 * The curvature is estimated by `update_hessian()` every few steps.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new extra.SophiaG([w], { lr: 0.1, weight_decay: 0 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.9000, 0.9000], requires_grad=true)
 */
export class SophiaG extends RuleOptimizer<SophiaGOptions> {
  static override readonly rule = rule;
  static override check({ lr, betas, rho, weight_decay }: SophiaGOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    checkBetas(betas);
    refuse(!(rho >= 0), "rho value", rho);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }

  /**
   * Takes the gradients that are there now as those of a loss on labels drawn from the model itself:
   * their squares estimate the curvature (Gauss, Newton, Bartlett).
   */
  update_hessian(): void {
    for (const { params, betas } of this.param_groups) {
      const beta2 = betas[1]!;
      for (const param of params) {
        const g = param.peekGrad()?.detach();
        if (g === undefined) continue;
        const state = this.state.get(param) ?? {};
        this.state.set(param, state);
        state.exp_avg ??= zeros(param.shape, { dtype: param.dtype });
        state.hessian ??= zeros(param.shape, { dtype: param.dtype });
        const before = (state.hessian as Tensor).mul(beta2);
        (state.hessian as Tensor).copy_(before.add(g.mul(1 - beta2).mul(g)));
      }
    }
  }
}
