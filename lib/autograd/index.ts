/** Tensors that remember how they were computed, and the derivatives that follow from it. */
export { autocast, is_autocast_enabled } from "./autocast.ts";
export { grad } from "./backward.ts";
export { ones, sample, tensor, zeros } from "./create.ts";
export type { Data, Dtype, Remote } from "./data.ts";
export { where } from "./elementwise.ts";
export { gradcheck, gradgradcheck } from "./gradcheck.ts";
export { cat, stack } from "./layout.ts";
export { gauss, rng } from "./random.ts";
export { enable_grad, is_grad_enabled, no_grad } from "./tape.ts";
export { Tensor } from "./tensor.ts";

export type { AutocastOptions } from "./autocast.ts";
export type { BackwardOptions, GradOptions } from "./backward.ts";
export type { TensorOptions, Values } from "./create.ts";
export type { GradcheckOptions } from "./gradcheck.ts";
export type { NestedNumbers } from "./grid.ts";
export type { Alpha } from "./in_place.ts";
export type { Indices } from "./layout.ts";
export type { Random } from "./random.ts";
export type { Extremes } from "./reduce.ts";
export type { Shape } from "./shape.ts";
export type { Hook } from "./tape.ts";
export type { Operand } from "./tensor.ts";
export type { HookHandle } from "./variable.ts";
