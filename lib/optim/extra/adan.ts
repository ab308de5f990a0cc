import type { Rule } from "../../kernels/index.ts";
import { refuse } from "../errors.ts";
import { checkBetas, type Switches, switches } from "../options.ts";
import { RuleOptimizer } from "../rule_optimizer.ts";

const rule: Rule = {
  name: "Adan",
  papers: [
    "Xie, Zhou, Li, Lin, Yan (2022), Adan: Adaptive Nesterov Momentum Algorithm for Faster " +
      "Optimizing Deep Models, arXiv:2208.06677 (its betas are 1 minus ours, as in its code)",
  ],
  defaults: {
    lr: 1e-3,
    betas: [0.98, 0.92, 0.99],
    eps: 1e-8,
    weight_decay: 0,
    ...switches("maximize", "differentiable"),
  },
  parts: { betas: ["beta1", "beta2", "beta3"] },
  state: {
    step: { symbol: "t", scalar: true },
    exp_avg: { symbol: "m" },
    exp_avg_diff: { symbol: "d" },
    exp_avg_sq: { symbol: "v" },
    previous_grad: { symbol: "prev" },
  },
  symbols: { beta3: "\\beta_3", prev: "p", change: "\\delta_t", ahead: "a_t", denom: "r_t" },
  text: `
    t = t + 1
    if maximize: g = -g
    if first: prev = g
    change = g - prev
    m = beta1 * m + (1 - beta1) * g
    d = beta2 * d + (1 - beta2) * change
    ahead = g + beta2 * change
    v = beta3 * v + (1 - beta3) * ahead * ahead
    denom = sqrt(v) / sqrt(1 - beta3 ** t) + eps
    theta = theta - lr * (m / (1 - beta1 ** t) + beta2 * d / (1 - beta2 ** t)) / denom
    if weight_decay != 0: theta = theta / (1 + lr * weight_decay)
    prev = g
  `,
};

export interface AdanOptions extends Pick<Switches, "maximize" | "differentiable"> {
  lr: number;
  /** How long gradients, their changes, and squares are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
}

/**
 * Adam with Nesterov's look ahead, estimated from how the gradient changed since the last step.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new extra.Adan([w], { lr: 0.1 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.9000, 0.9000], requires_grad=true)
 */
export class Adan extends RuleOptimizer<AdanOptions> {
  static override readonly rule = rule;
  static override check({ lr, betas, eps, weight_decay }: AdanOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(eps >= 0), "epsilon value", eps);
    checkBetas(betas);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }
}
