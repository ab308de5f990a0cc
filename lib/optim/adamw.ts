import type { Rule } from "../kernels/index.ts";
import { Adam } from "./adam.ts";

const { decoupled_weight_decay: _, ...defaults } = Adam.rule.defaults;

const rule: Rule = {
  ...Adam.rule,
  name: "AdamW",
  papers: [
    "Loshchilov, Hutter (2019), Decoupled Weight Decay Regularization, ICLR, arXiv:1711.05101 " +
      "(PyTorch's decay is lr times weight_decay)",
    ...Adam.rule.papers,
  ],
  defaults: { ...defaults, weight_decay: 1e-2, decoupled_weight_decay: true },
  text: `
    t = t + 1
    if maximize: g = -g
    if weight_decay != 0: theta = theta * (1 - lr * weight_decay)
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

/**
 * Adam whose weight decay shrinks the parameter itself, so that every weight decays alike, however
 * large its gradients are.
 *
 * @example
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new AdamW([w], { lr: 0.1, weight_decay: 0.5 });
 * w.grad = tensor([100, 0.01]);
 * opt.step();
 * w // tensor([0.8500, 0.8500], requires_grad=true)
 */
export class AdamW extends Adam {
  static override readonly rule = rule;
}
