/** PyTorch's optimizers, in reading order. */
export { SGD } from "./sgd.ts";

export { IndexError, KeyError, RuntimeError, ValueError } from "./errors.ts";
export { Optimizer } from "./optimizer.ts";
export { RuleOptimizer } from "./rule_optimizer.ts";

export type { SGDOptions } from "./sgd.ts";
export type { GroupInput, ParamGroup, Params, State, StateDict } from "./optimizer.ts";
