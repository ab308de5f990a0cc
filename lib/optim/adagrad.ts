import type { Tensor } from "../autograd/index.ts";
import type { SparseTensor } from "../autograd/sparse.ts";
import type { Rule } from "../kernels/index.ts";
import { refuse, RuntimeError } from "./errors.ts";
import { type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "Adagrad",
  papers: [
    "Duchi, Hazan, Singer (2011), Adaptive Subgradient Methods for Online Learning and " +
      "Stochastic Optimization, JMLR 12:2121-2159, https://jmlr.org/papers/v12/duchi11a.html",
  ],
  defaults: {
    lr: 1e-2,
    lr_decay: 0,
    eps: 1e-10,
    weight_decay: 0,
    initial_accumulator_value: 0,
    ...switches("foreach", "maximize", "differentiable", "fused"),
  },
  state: {
    step: { symbol: "t", scalar: true },
    sum: { symbol: "s", start: "initial_accumulator_value" },
  },
  eager: true,
  symbols: { lr_decay: "\\eta_\\lambda", initial_accumulator_value: "\\tau", clr: "\\tilde\\eta" },
  text: `
    t = t + 1
    if maximize: g = -g
    if weight_decay != 0: g = g + weight_decay * theta
    clr = lr / (1 + (t - 1) * lr_decay)
    s = s + g * g
    theta = theta - clr * g / (sqrt(s) + eps)
  `,
};

export interface AdagradOptions extends Omit<Switches, "capturable"> {
  lr: number;
  lr_decay: number;
  weight_decay: number;
  /** Where the sum of squares starts. */
  initial_accumulator_value: number;
  eps: number;
}

/**
 * Each element's step is divided by the root of the sum of all its squared gradients so far. The only
 * optimizer whose state exists before the first step.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new Adagrad([w], { lr: 0.5 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.5000, 0.5000], requires_grad=true)
 */
export class Adagrad extends RuleOptimizer<AdagradOptions> {
  static override readonly rule = rule;
  static override check(options: AdagradOptions): void {
    const { lr, lr_decay, weight_decay, initial_accumulator_value, eps } = options;
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(lr_decay >= 0), "lr_decay value", lr_decay);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
    const start = initial_accumulator_value;
    refuse(!(start >= 0), "initial_accumulator_value value", start);
    refuse(!(eps >= 0), "epsilon value", eps);
  }

  protected override toDense(grad: SparseTensor, group: AdagradOptions): Tensor {
    if (group.weight_decay === 0) return grad.to_dense();
    throw new RuntimeError("weight_decay option is not compatible with sparse gradients");
  }
}
