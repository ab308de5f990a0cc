import type { Rule } from "../kernels/index.ts";
import { refuse } from "./errors.ts";
import { type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "ASGD",
  papers: [
    "Polyak, Juditsky (1992), Acceleration of Stochastic Approximation by Averaging, " +
      "SIAM J. Control Optim. 30:838-855, doi:10.1137/0330046",
  ],
  defaults: {
    lr: 1e-2,
    lambd: 1e-4,
    alpha: 0.75,
    t0: 1e6,
    weight_decay: 0,
    ...switches("foreach", "maximize", "differentiable", "capturable"),
  },
  state: {
    step: { symbol: "t", scalar: true },
    eta: { symbol: "eta", scalar: true, start: "lr" },
    mu: { symbol: "mu", scalar: true, start: 1 },
    ax: { symbol: "ax" },
  },
  symbols: {
    lr: "\\eta",
    eta: "\\tilde\\eta",
    mu: "\\mu",
    lambd: "\\gamma",
    ax: "\\bar\\theta",
    t0: "t_0",
  },
  text: `
    t = t + 1
    if maximize: g = -g
    if weight_decay != 0: g = g + weight_decay * theta
    theta = theta * (1 - lambd * eta)
    theta = theta - eta * g
    if mu == 1: ax = theta
    else: ax = ax + (theta - ax) * mu
    eta = lr / (1 + lambd * lr * t) ** alpha
    mu = 1 / max(1, t - t0)
  `,
};

export interface ASGDOptions extends Omit<Switches, "fused"> {
  lr: number;
  /** Decay of the parameters, and of the step size with time. */
  lambd: number;
  /** Power with which the step size falls. */
  alpha: number;
  /** The step at which averaging starts. */
  t0: number;
  weight_decay: number;
}

/**
 * Gradient descent with a falling step size that also keeps, in `ax`, the average of the parameters
 * after step `t0`: with the defaults, of none before step 1,000,002.
 *
 * @example
 * const w = tensor([1], { requires_grad: true });
 * const opt = new ASGD([w], { lr: 0.1 });
 * w.grad = tensor([1]);
 * opt.step();
 * w // tensor([0.9000], requires_grad=true)
 */
export class ASGD extends RuleOptimizer<ASGDOptions> {
  static override readonly rule = rule;
  static override check({ lr, weight_decay }: ASGDOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }
}
