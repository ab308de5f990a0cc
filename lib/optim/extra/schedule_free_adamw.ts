import { no_grad, Tensor } from "../../autograd/index.ts";
import type { Rule } from "../../kernels/index.ts";
import { refuse } from "../errors.ts";
import { checkBetas, type Switches, switches } from "../options.ts";
import { RuleOptimizer } from "../rule_optimizer.ts";

const rule: Rule = {
  name: "ScheduleFreeAdamW",
  papers: ["Defazio et al. (2024), The Road Less Scheduled, NeurIPS, arXiv:2405.15682"],
  defaults: {
    lr: 2.5e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0,
    warmup_steps: 0,
    ...switches("maximize", "differentiable"),
  },
  parts: { betas: ["beta1", "beta2"] },
  state: {
    step: { symbol: "t", scalar: true },
    weight_sum: { symbol: "weights", scalar: true },
    exp_avg_sq: { symbol: "v" },
    z: { symbol: "z" },
    x: { symbol: "x" },
  },
  symbols: { gamma: "\\gamma_t", weights: "w", c: "c_t", warmup_steps: "T" },
  text: `
    t = t + 1
    if maximize: g = -g
    if first:
        z = theta
        x = theta
    v = beta2 * v + (1 - beta2) * g * g
    gamma = lr * sqrt(1 - beta2 ** t) * min(1, t / max(1, warmup_steps))
    weights = weights + gamma * gamma
    c = gamma * gamma / weights
    z = z - gamma * g / (sqrt(v) + eps)
    if weight_decay != 0: z = z - gamma * weight_decay * theta
    x = (1 - c) * x + c * z
    theta = (1 - beta1) * z + beta1 * x
  `,
};

export interface ScheduleFreeAdamWOptions extends Pick<Switches, "maximize" | "differentiable"> {
  lr: number;
  /** How near the gradients are taken to the average, and how long squares are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
  /** Steps in which lr grows from 0. */
  warmup_steps: number;
}

/**
 * AdamW whose answer is an average `x` of where it went, so that lr needs no schedule. Gradients are
 * taken at the parameters, between `z` (the walker) and `x`; call `eval()` to look at the answer and
 * `train()` to go on.
 *
 * @example
 * const w = tensor([1], { requires_grad: true });
 * const opt = new extra.ScheduleFreeAdamW([w], { lr: 0.1 });
 * w.grad = tensor([1]);
 * opt.step();
 * opt.eval();
 * w // tensor([0.9000], requires_grad=true)
 */
export class ScheduleFreeAdamW extends RuleOptimizer<ScheduleFreeAdamWOptions> {
  static override readonly rule = rule;
  static override check(options: ScheduleFreeAdamWOptions): void {
    const { lr, betas, eps, weight_decay } = options;
    refuse(!(lr >= 0), "learning rate", lr);
    refuse(!(eps >= 0), "epsilon value", eps);
    checkBetas(betas);
    refuse(!(weight_decay >= 0), "weight_decay value", weight_decay);
  }

  /** Puts the average into the parameters. */
  eval(): void {
    this.#place((x) => x);
  }

  /** Puts the parameters back to where gradients are taken. */
  train(): void {
    this.#place((x, z, beta1) => z.mul(1 - beta1).add(x.mul(beta1)));
  }

  #place(choose: (x: Tensor, z: Tensor, beta1: number) => Tensor): void {
    for (const { params, betas } of this.param_groups) {
      for (const param of params) {
        const { x, z } = this.state.get(param) ?? {};
        if (!(x instanceof Tensor) || !(z instanceof Tensor)) continue;
        no_grad(() => param.copy_(choose(x, z, betas[0]!)));
      }
    }
  }
}
