/** PyTorch's optimizers, in reading order, and what belongs to them. */
import * as lr_scheduler from "./lr_scheduler.ts";
import * as swa_utils from "./swa_utils.ts";

export { SGD } from "./sgd.ts";
export { Adagrad } from "./adagrad.ts";
export { Adadelta } from "./adadelta.ts";
export { RMSprop } from "./rmsprop.ts";
export { Adam } from "./adam.ts";
export { AdamW } from "./adamw.ts";
export { Adamax } from "./adamax.ts";
export { NAdam } from "./nadam.ts";
export { RAdam } from "./radam.ts";
export { Rprop } from "./rprop.ts";
export { ASGD } from "./asgd.ts";
export { LBFGS } from "./lbfgs.ts";
export { Adafactor } from "./adafactor.ts";
export { Muon } from "./muon.ts";
export { zeropower_via_newtonschulz } from "./muon/newton_schulz.ts";
export { zeropower_via_newtonschulz_on_gpu } from "./muon/newton_schulz_gpu.ts";
export { SparseAdam } from "./sparse_adam.ts";
export { sparse_coo_tensor, SparseTensor } from "../autograd/sparse.ts";

export { lr_scheduler, swa_utils };
export {
  clip_grad_norm_,
  clip_grad_value_,
  clip_grads_with_norm_,
  get_total_norm,
} from "./clip_grad.ts";
export { GradScaler } from "./grad_scaler.ts";

export { IndexError, KeyError, RuntimeError, ValueError } from "./errors.ts";
export { Optimizer } from "./optimizer.ts";
export { register_optimizer_step_post_hook, register_optimizer_step_pre_hook } from "./hooks.ts";
export { RuleOptimizer } from "./rule_optimizer.ts";
export { swap_in_optimizer_params_and_state } from "./stateless.ts";
export { type DefinedOptimizer, defineOptimizer, type RuleDraft } from "./define.ts";
export * as extra from "./extra/index.ts";

export type { AdadeltaOptions } from "./adadelta.ts";
export type { AdafactorOptions } from "./adafactor.ts";
export type { AdagradOptions } from "./adagrad.ts";
export type { AdamOptions } from "./adam.ts";
export type { AdamaxOptions } from "./adamax.ts";
export type { ASGDOptions } from "./asgd.ts";
export type { StepArguments, StepPostHook, StepPreHook } from "./hooks.ts";
export type { Given } from "./options.ts";
export type { LBFGSOptions } from "./lbfgs.ts";
export type { MuonOptions } from "./muon.ts";
export type { NAdamOptions } from "./nadam.ts";
export type { RAdamOptions } from "./radam.ts";
export type { RMSpropOptions } from "./rmsprop.ts";
export type { RpropOptions } from "./rprop.ts";
export type { SGDOptions } from "./sgd.ts";
export type { SparseAdamOptions } from "./sparse_adam.ts";
export type { GroupInput, ParamGroup, Params, State, StateDict } from "./optimizer.ts";
