import type { Tensor } from "../autograd/index.ts";
import type { SparseTensor } from "../autograd/sparse.ts";
import type { Rule } from "../kernels/index.ts";
import { refuse, ValueError } from "./errors.ts";
import { type Switches, switches } from "./options.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "SGD",
  papers: [
    "Robbins, Monro (1951), A Stochastic Approximation Method, doi:10.1214/aoms/1177729586",
    "Sutskever et al. (2013), On the importance of initialization and momentum in deep learning",
  ],
  defaults: {
    lr: 1e-3,
    momentum: 0,
    dampening: 0,
    weight_decay: 0,
    nesterov: false,
    ...switches("maximize", "foreach", "differentiable", "fused"),
  },
  state: { momentum_buffer: { symbol: "b" } },
  text: `
    if maximize: g = -g
    if weight_decay != 0: g = g + weight_decay * theta
    if momentum != 0:
        if first: b = g
        else: b = momentum * b + (1 - dampening) * g
        if nesterov: g = g + momentum * b
        else: g = b
    theta = theta - lr * g
  `,
};

export interface SGDOptions extends Omit<Switches, "capturable"> {
  lr: number;
  momentum: number;
  dampening: number;
  weight_decay: number;
  nesterov: boolean;
}

/**
 * Stochastic gradient descent, with momentum or Nesterov's; a new lr acts on the whole buffer.
 *
 * @example
 * const w = tensor([1, 2], { requires_grad: true });
 * const opt = new SGD([w], { lr: 0.1, momentum: 0.9 });
 * w.grad = tensor([1, 1]);
 * opt.step();
 * w // tensor([0.9000, 1.9000], requires_grad=true)
 */
export class SGD extends RuleOptimizer<SGDOptions> {
  static override readonly rule = rule;
  static override check({ lr, momentum, dampening, weight_decay, nesterov }: SGDOptions): void {
    refuse(lr < 0, "learning rate", lr);
    refuse(momentum < 0, "momentum value", momentum);
    refuse(weight_decay < 0, "weight_decay value", weight_decay);
    const bad = nesterov && (momentum <= 0 || dampening !== 0);
    if (bad) throw new ValueError("Nesterov momentum requires a momentum and zero dampening");
  }

  protected override toDense(grad: SparseTensor): Tensor {
    return grad.to_dense();
  }
}
