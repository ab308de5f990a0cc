/** Tensors that remember how they were computed, and the derivatives that follow from it. */
export { ones, sample, tensor, zeros } from "./create.ts";
export { type Data, type Dtype, remotes } from "./data.ts";
export { gradcheck } from "./gradcheck.ts";
export { where } from "./ops.ts";
export { gauss, rng } from "./random.ts";
export { enable_grad, is_grad_enabled, no_grad } from "./tape.ts";
export { Tensor } from "./tensor.ts";

export type { TensorOptions, Values } from "./create.ts";
export type { GradcheckOptions } from "./gradcheck.ts";
export type { NestedNumbers } from "./grid.ts";
export type { Random } from "./random.ts";
export type { Shape } from "./shape.ts";
export type { BackwardOptions, Operand } from "./tensor.ts";
