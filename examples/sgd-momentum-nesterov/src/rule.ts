import { defineOptimizer } from "downhill/optim";

/**
 * The same optimizer as a rule. Groups, lazy state, state_dict, foreach, every device, gradients
 * through the step, formula and pseudocode come with it.
 *
 * 同一个优化器，写成一条规则：参数组、延迟状态、state_dict、foreach、各种设备、可微的一步、公式和伪代码都随之而来。
 */
export const SGDMomentumNesterovRule = defineOptimizer({
  name: "SGDMomentumNesterovRule",
  defaults: {
    lr: 1e-3,
    momentum: 0,
    weight_decay: 0,
    nesterov: false,
    decoupled_weight_decay: false,
    foreach: null,
    differentiable: false,
  },
  state: { momentum_buffer: { symbol: "b" } },
  text: `
    if decoupled_weight_decay: theta = theta * (1 - lr * weight_decay)
    else: g = g + weight_decay * theta
    b = momentum * b + g
    theta = theta - lr * where(nesterov, g + momentum * b, b)
  `,
});
