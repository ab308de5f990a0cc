import type { Rule } from "../kernels/index.ts";
import { float, refuse, ValueError } from "./errors.ts";
import { type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "Rprop",
  papers: [
    "Riedmiller, Braun (1993), A Direct Adaptive Method for Faster Backpropagation Learning: The " +
      "RPROP Algorithm, ICNN, doi:10.1109/ICNN.1993.298623 (PyTorch does not step back)",
  ],
  defaults: {
    lr: 1e-2,
    etas: [0.5, 1.2],
    step_sizes: [1e-6, 50],
    ...switches("foreach", "maximize", "differentiable", "capturable"),
  },
  parts: { etas: ["etaminus", "etaplus"], step_sizes: ["step_min", "step_max"] },
  state: {
    step: { symbol: "t", scalar: true },
    prev: { symbol: "prev" },
    step_size: { symbol: "size", start: "lr" },
  },
  symbols: {
    etaminus: "\\eta^-",
    etaplus: "\\eta^+",
    step_min: "\\Delta_{\\min}",
    step_max: "\\Delta_{\\max}",
    prev: "p",
    size: "\\Delta",
    agree: "s_t",
  },
  text: `
    t = t + 1
    if maximize: g = -g
    agree = sign(g * prev)
    size = size * where(agree > 0, etaplus, where(agree < 0, etaminus, 1))
    size = max(min(size, step_max), step_min)
    g = where(agree < 0, 0, g)
    theta = theta - sign(g) * size
    prev = g
  `,
};

export interface RpropOptions extends Omit<Switches, "fused"> {
  /** The first step size; not used afterwards. */
  lr: number;
  /** Factors of the step size after a change of sign and after none. */
  etas: readonly number[];
  /** Smallest and largest step size. */
  step_sizes: readonly number[];
}

/**
 * Looks at the sign of each gradient alone: while it stays the same, the steps grow; when it changes,
 * they shrink, and that step is left out.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new Rprop([w], { lr: 0.1 });
 * w.grad = tensor([1000, 0.0001]);
 * opt.step();
 * w // tensor([0.9000, 0.9000], requires_grad=true)
 */
export class Rprop extends RuleOptimizer<RpropOptions> {
  static override readonly rule = rule;
  static override check({ lr, etas }: RpropOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    const [minus = NaN, plus = NaN] = etas;
    if (!(minus > 0 && minus < 1 && plus > 1)) {
      throw new ValueError(`Invalid eta values: ${float(minus)}, ${float(plus)}`);
    }
  }
}
