/** PyTorch's `torch.optim.lr_scheduler`, in reading order. */
export { LRScheduler } from "./lr_scheduler/scheduler.ts";

export { StepLR } from "./lr_scheduler/step_lr.ts";
export { MultiStepLR } from "./lr_scheduler/multi_step_lr.ts";
export { ExponentialLR } from "./lr_scheduler/exponential_lr.ts";
export { ConstantLR } from "./lr_scheduler/constant_lr.ts";
export { LinearLR } from "./lr_scheduler/linear_lr.ts";
export { PolynomialLR } from "./lr_scheduler/polynomial_lr.ts";
export { LambdaLR } from "./lr_scheduler/lambda_lr.ts";
export { MultiplicativeLR } from "./lr_scheduler/multiplicative_lr.ts";
export { CosineAnnealingLR } from "./lr_scheduler/cosine_annealing_lr.ts";
export { CosineAnnealingWarmRestarts } from "./lr_scheduler/cosine_annealing_warm_restarts.ts";
export { CyclicLR } from "./lr_scheduler/cyclic_lr.ts";
export { OneCycleLR } from "./lr_scheduler/one_cycle_lr.ts";
export { ReduceLROnPlateau } from "./lr_scheduler/reduce_lr_on_plateau.ts";
export { SequentialLR } from "./lr_scheduler/sequential_lr.ts";
export { ChainedScheduler } from "./lr_scheduler/chained_scheduler.ts";

export type { AnyOptimizer, Group, Scheduled } from "./lr_scheduler/groups.ts";
export type { LRSchedulerOptions, SchedulerState } from "./lr_scheduler/scheduler.ts";
