export { SGDMomentumNesterov, type SGDMomentumNesterovOptions } from "./sgd_momentum_nesterov.ts";
export { SGDMomentumNesterovRule } from "./rule.ts";
export { selfCheck } from "./self_check.ts";
