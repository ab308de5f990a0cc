import type { Rule } from "../kernels/index.ts";
import { refuse, RuntimeError } from "./errors.ts";
import { checkBetas, type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "Adam",
  papers: [
    "Kingma, Ba (2015), Adam: A Method for Stochastic Optimization, ICLR, arXiv:1412.6980",
    "Reddi, Kale, Kumar (2018), On the Convergence of Adam and Beyond, ICLR, arXiv:1904.09237 " +
      "(amsgrad; PyTorch takes the maximum before the bias correction)",
  ],
  defaults: {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0,
    amsgrad: false,
    ...switches("maximize", "foreach", "capturable", "differentiable", "fused"),
    decoupled_weight_decay: false,
  },
  parts: { betas: ["beta1", "beta2"] },
  state: {
    step: { symbol: "t", scalar: true },
    exp_avg: { symbol: "m" },
    exp_avg_sq: { symbol: "v" },
    max_exp_avg_sq: { symbol: "v_max" },
  },
  symbols: { v_max: "\\hat v", denom: "d_t" },
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
    step_size = lr / bias_correction1
    if amsgrad:
        v_max = max(v_max, v)
        denom = sqrt(v_max) / sqrt(bias_correction2) + eps
    else:
        denom = sqrt(v) / sqrt(bias_correction2) + eps
    theta = theta - step_size * m / denom
  `,
};

export interface AdamOptions extends Switches {
  lr: number;
  /** How long gradients and squared gradients are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
  /** Divide by the largest average so far. */
  amsgrad: boolean;
  /** Shrink the parameter itself, as AdamW, instead of adding to the gradient. */
  decoupled_weight_decay: boolean;
}

/**
 * Steps along a running mean of the gradient, divided by a running root mean square of it; both are
 * corrected for having started at 0.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new Adam([w], { lr: 0.1 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.9000, 0.9000], requires_grad=true)
 */
export class Adam extends RuleOptimizer<AdamOptions> {
  static override readonly rule: Rule = rule;
  static override check({ lr, betas, eps, weight_decay }: AdamOptions): void {
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(eps >= 0), "epsilon value", eps);
    checkBetas(betas);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }

  protected override toDense(): never {
    throw new RuntimeError(
      "Adam does not support sparse gradients, please consider SparseAdam instead",
    );
  }
}
