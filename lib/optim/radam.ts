import type { Rule } from "../kernels/index.ts";
import { refuse } from "./errors.ts";
import { checkBetas, type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "RAdam",
  papers: [
    "Liu et al. (2020), On the Variance of the Adaptive Learning Rate and Beyond, ICLR, " +
      "arXiv:1908.03265",
  ],
  defaults: {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0,
    ...switches("maximize", "foreach", "capturable"),
    decoupled_weight_decay: false,
    ...switches("differentiable"),
  },
  parts: { betas: ["beta1", "beta2"] },
  state: {
    step: { symbol: "t", scalar: true },
    exp_avg: { symbol: "m" },
    exp_avg_sq: { symbol: "v" },
  },
  symbols: { rho_inf: "\\rho_\\infty", rho_t: "\\rho_t", rect: "r_t", update: "u_t" },
  text: `
    t = t + 1
    if maximize: g = -g
    if weight_decay != 0:
        if decoupled_weight_decay: theta = theta * (1 - lr * weight_decay)
        else: g = g + weight_decay * theta
    m = lerp(m, g, 1 - beta1)
    v = beta2 * v + (1 - beta2) * g * g
    bias_correction1 = 1 - beta1 ** t
    bias_correction2 = 1 - beta2 ** t
    rho_inf = 2 / (1 - beta2) - 1
    rho_t = rho_inf - 2 * t * beta2 ** t / bias_correction2
    update = m / bias_correction1 * lr
    if rho_t > 5:
        above = (rho_t - 4) * (rho_t - 2) * rho_inf
        rect = sqrt(above / ((rho_inf - 4) * (rho_inf - 2) * rho_t))
        update = update * (1 / (sqrt(v) + eps) * sqrt(bias_correction2)) * rect
    theta = theta - update
  `,
};

export interface RAdamOptions extends Omit<Switches, "fused"> {
  lr: number;
  /** How long gradients and squared gradients are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
  /** Shrink the parameter itself, instead of adding to the gradient. */
  decoupled_weight_decay: boolean;
}

/**
 * Adam that waits: while the mean of squares rests on too few gradients, it steps without dividing.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new RAdam([w], { lr: 0.001 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.9000, 1.0000], requires_grad=true)
 */
export class RAdam extends RuleOptimizer<RAdamOptions> {
  static override readonly rule = rule;
  static override check({ lr, betas, eps, weight_decay }: RAdamOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(eps >= 0), "epsilon value", eps);
    checkBetas(betas);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }
}
