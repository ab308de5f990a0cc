import type { Rule } from "../kernels/index.ts";
import { refuse } from "./errors.ts";
import { checkBetas, type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "NAdam",
  papers: [
    "Dozat (2016), Incorporating Nesterov Momentum into Adam, ICLR workshop, " +
      "https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
  ],
  defaults: {
    lr: 2e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0,
    momentum_decay: 4e-3,
    decoupled_weight_decay: false,
    ...switches("maximize", "foreach", "capturable", "differentiable"),
  },
  parts: { betas: ["beta1", "beta2"] },
  state: {
    step: { symbol: "t", scalar: true },
    mu_product: { symbol: "mu_product", scalar: true, start: 1 },
    exp_avg: { symbol: "m" },
    exp_avg_sq: { symbol: "v" },
  },
  symbols: {
    momentum_decay: "\\psi",
    mu: "\\mu_t",
    mu_next: "\\mu_{t+1}",
    mu_product: "\\Pi",
    denom: "d_t",
  },
  text: `
    t = t + 1
    if maximize: g = -g
    bias_correction2 = 1 - beta2 ** t
    if weight_decay != 0:
        if decoupled_weight_decay: theta = theta * (1 - lr * weight_decay)
        else: g = g + weight_decay * theta
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    mu_product = mu_product * float32(mu)
    m = lerp(m, g, 1 - beta1)
    v = beta2 * v + (1 - beta2) * g * g
    denom = sqrt(v / bias_correction2) + eps
    theta = theta - lr * (1 - mu) / (1 - mu_product) * g / denom
    theta = theta - lr * mu_next / (1 - mu_product * mu_next) * m / denom
  `,
};

export interface NAdamOptions extends Omit<Switches, "fused"> {
  lr: number;
  /** How long gradients and squared gradients are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
  /** How fast the momentum grows towards beta1. */
  momentum_decay: number;
  /** Shrink the parameter itself, instead of adding to the gradient. */
  decoupled_weight_decay: boolean;
}

/**
 * Adam with Nesterov's momentum: it looks one step ahead along the mean.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new NAdam([w], { lr: 0.1 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.8944, 0.8944], requires_grad=true)
 */
export class NAdam extends RuleOptimizer<NAdamOptions> {
  static override readonly rule = rule;
  static override check({ lr, betas, eps, weight_decay, momentum_decay }: NAdamOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(eps >= 0), "epsilon value", eps);
    checkBetas(betas);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
    refuse(!(momentum_decay >= 0), "momentum_decay value", momentum_decay);
  }
}
