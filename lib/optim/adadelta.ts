import type { Rule } from "../kernels/index.ts";
import { refuse } from "./errors.ts";
import { type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "Adadelta",
  papers: ["Zeiler (2012), ADADELTA: An Adaptive Learning Rate Method, arXiv:1212.5701"],
  defaults: {
    lr: 1,
    rho: 0.9,
    eps: 1e-6,
    weight_decay: 0,
    ...switches("maximize", "capturable", "foreach", "differentiable"),
  },
  state: {
    step: { symbol: "t", scalar: true },
    square_avg: { symbol: "v" },
    acc_delta: { symbol: "u" },
  },
  symbols: { delta: "\\Delta x_t" },
  text: `
    t = t + 1
    if maximize: g = -g
    if weight_decay != 0: g = g + weight_decay * theta
    v = rho * v + (1 - rho) * g * g
    delta = sqrt(u + eps) / sqrt(v + eps) * g
    u = rho * u + (1 - rho) * delta * delta
    theta = theta - lr * delta
  `,
};

export interface AdadeltaOptions extends Omit<Switches, "fused"> {
  lr: number;
  /** How long squared gradients and squared steps are remembered. */
  rho: number;
  eps: number;
  weight_decay: number;
}

/**
 * Steps in the units of the parameter: the root of the average squared step, divided by the root of
 * the average squared gradient. `eps` stands inside both roots, and starts everything moving.
 *
 * @example
 * const w = tensor([1], { requires_grad: true });
 * const opt = new Adadelta([w]);
 * w.grad = tensor([1]);
 * opt.step();
 * w // tensor([0.9968], requires_grad=true)
 */
export class Adadelta extends RuleOptimizer<AdadeltaOptions> {
  static override readonly rule = rule;
  static override check({ lr, rho, eps, weight_decay }: AdadeltaOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(rho >= 0 && rho <= 1), "rho value", rho);
    refuse(!(eps >= 0), "epsilon value", eps);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }
}
