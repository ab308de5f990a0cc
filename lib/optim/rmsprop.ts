import type { Rule } from "../kernels/index.ts";
import { refuse } from "./errors.ts";
import { type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "RMSprop",
  papers: [
    "Hinton (2012), Neural Networks for Machine Learning, lecture 6, " +
      "https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
    "Graves (2013), Generating Sequences With Recurrent Neural Networks, arXiv:1308.0850 " +
      "(centered; there eps stands inside the root)",
  ],
  defaults: {
    lr: 1e-2,
    momentum: 0,
    alpha: 0.99,
    eps: 1e-8,
    centered: false,
    weight_decay: 0,
    ...switches("capturable", "foreach", "maximize", "differentiable"),
  },
  state: {
    step: { symbol: "t", scalar: true },
    square_avg: { symbol: "v" },
    momentum_buffer: { symbol: "b" },
    grad_avg: { symbol: "a" },
  },
  symbols: { a: "\\bar g", denom: "d_t" },
  text: `
    t = t + 1
    if maximize: g = -g
    if weight_decay != 0: g = g + weight_decay * theta
    v = alpha * v + (1 - alpha) * g * g
    if centered:
        a = lerp(a, g, 1 - alpha)
        denom = sqrt(v - a * a) + eps
    else:
        denom = sqrt(v) + eps
    if momentum > 0:
        b = momentum * b + g / denom
        theta = theta - lr * b
    else:
        theta = theta - lr * g / denom
  `,
};

export interface RMSpropOptions extends Omit<Switches, "fused"> {
  lr: number;
  /** How long squared gradients are remembered. */
  alpha: number;
  eps: number;
  weight_decay: number;
  momentum: number;
  /** Divide by the deviation of the gradient instead of its root mean square. */
  centered: boolean;
}

/**
 * Each element's step is divided by a running root mean square of its gradients.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new RMSprop([w], { lr: 0.01 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.9000, 0.9000], requires_grad=true)
 */
export class RMSprop extends RuleOptimizer<RMSpropOptions> {
  static override readonly rule = rule;
  static override check({ lr, alpha, eps, weight_decay, momentum }: RMSpropOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(eps >= 0), "epsilon value", eps);
    refuse(!(momentum >= 0), "momentum value", momentum);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
    refuse(!(alpha >= 0), "alpha value", alpha);
  }
}
