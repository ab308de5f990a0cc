import type { Rule } from "../kernels/index.ts";
import { repr, ValueError } from "./errors.ts";
import type { Params } from "./optimizer.ts";
import { RuleOptimizer, withDefaults } from "./rule_optimizer.ts";

const rule: Rule = {
  name: "SGD",
  papers: [
    {
      authors: "H. Robbins, S. Monro",
      year: 1951,
      title: "A Stochastic Approximation Method",
      url: "https://doi.org/10.1214/aoms/1177729586",
    },
    {
      authors: "I. Sutskever, J. Martens, G. Dahl, G. Hinton",
      year: 2013,
      title: "On the importance of initialization and momentum in deep learning",
      url: "https://proceedings.mlr.press/v28/sutskever13.html",
    },
  ],
  defaults: {
    lr: 1e-3,
    momentum: 0,
    dampening: 0,
    weight_decay: 0,
    nesterov: false,
    maximize: false,
    foreach: null,
    differentiable: false,
    fused: null,
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

export interface SGDOptions {
  lr: number;
  momentum: number;
  /** How much of each new gradient momentum leaves out; not of the first one. */
  dampening: number;
  weight_decay: number;
  nesterov: boolean;
  maximize: boolean;
  foreach: boolean | null;
  differentiable: boolean;
  fused: boolean | null;
}

/**
 * Stochastic gradient descent, with momentum and Nesterov's momentum as PyTorch 2.14.1 has them.
 *
 * @example
 * const w = tensor([1, 2], { requires_grad: true });
 * const opt = new SGD([w], { lr: 0.1, momentum: 0.9 });
 * w.grad = tensor([1, 1]);
 * opt.step();
 * w // tensor([0.9000, 1.9000], requires_grad=true)
 */
export class SGD extends RuleOptimizer<SGDOptions> {
  static readonly rule = rule;

  constructor(params: Params<SGDOptions>, options: Partial<SGDOptions> = {}) {
    const all = withDefaults<SGDOptions>(rule, options);
    const { lr, momentum, dampening, weight_decay, nesterov } = all;
    if (lr < 0) throw new ValueError(`Invalid learning rate: ${repr(lr)}`);
    if (momentum < 0) throw new ValueError(`Invalid momentum value: ${repr(momentum)}`);
    if (weight_decay < 0) throw new ValueError(`Invalid weight_decay value: ${repr(weight_decay)}`);
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ValueError("Nesterov momentum requires a momentum and zero dampening");
    }
    super(params, all, rule);
  }
}
