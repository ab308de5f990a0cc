import type { Rule } from "../../kernels/index.ts";
import { refuse } from "../errors.ts";
import { checkBetas, type Switches, switches } from "../options.ts";
import { RuleOptimizer } from "../rule_optimizer.ts";

const rule: Rule = {
  name: "Lion",
  papers: [
    "Chen et al. (2023), Symbolic Discovery of Optimization Algorithms, NeurIPS, arXiv:2302.06675",
  ],
  defaults: {
    lr: 1e-4,
    betas: [0.9, 0.99],
    weight_decay: 0,
    ...switches("maximize", "differentiable"),
  },
  parts: { betas: ["beta1", "beta2"] },
  state: { exp_avg: { symbol: "m" } },
  symbols: { direction: "c_t" },
  text: `
    if maximize: g = -g
    if weight_decay != 0: theta = theta * (1 - lr * weight_decay)
    direction = beta1 * m + (1 - beta1) * g
    theta = theta - lr * sign(direction)
    m = beta2 * m + (1 - beta2) * g
  `,
};

export interface LionOptions extends Pick<Switches, "maximize" | "differentiable"> {
  lr: number;
  /** Weights of the mean: in the step, and in what is remembered. */
  betas: readonly number[];
  weight_decay: number;
}

/**
 * Steps of one size along the sign of a mean of gradients, with one state instead of Adam's two.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new extra.Lion([w], { lr: 0.01 });
 * w.grad = tensor([1e-9, 1e9]);
 * opt.step();
 * w // tensor([0.9900, 0.9900], requires_grad=true)
 */
export class Lion extends RuleOptimizer<LionOptions> {
  static override readonly rule = rule;
  static override check({ lr, betas, weight_decay }: LionOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    checkBetas(betas);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }
}
