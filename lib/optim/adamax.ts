import type { Rule } from "../kernels/index.ts";
import { refuse } from "./errors.ts";
import { checkBetas, type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "Adamax",
  papers: [
    "Kingma, Ba (2015), Adam: A Method for Stochastic Optimization, section 7.1, arXiv:1412.6980 " +
      "(PyTorch adds eps to |g|; the paper has none)",
  ],
  defaults: {
    lr: 2e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0,
    ...switches("foreach", "maximize", "differentiable", "capturable"),
  },
  parts: { betas: ["beta1", "beta2"] },
  state: {
    step: { symbol: "t", scalar: true },
    exp_avg: { symbol: "m" },
    exp_inf: { symbol: "u" },
  },
  text: `
    t = t + 1
    if maximize: g = -g
    if weight_decay != 0: g = g + weight_decay * theta
    m = lerp(m, g, 1 - beta1)
    u = max(beta2 * u, abs(g) + eps)
    clr = lr / (1 - beta1 ** t)
    theta = theta - clr * m / u
  `,
};

export interface AdamaxOptions extends Omit<Switches, "fused"> {
  lr: number;
  /** How long gradients and their largest size are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
}

/**
 * Adam that divides by a slowly fading maximum of |g| instead of a root mean square.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new Adamax([w], { lr: 0.1 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.9000, 0.9000], requires_grad=true)
 */
export class Adamax extends RuleOptimizer<AdamaxOptions> {
  static override readonly rule = rule;
  static override check({ lr, betas, eps, weight_decay }: AdamaxOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(eps >= 0), "epsilon value", eps);
    checkBetas(betas);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }
}
