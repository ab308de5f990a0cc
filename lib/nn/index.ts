/** Networks in PyTorch's names: modules, layers, losses and how their parameters begin. */
import * as functional from "./functional.ts";
import * as init from "./init.ts";

export { functional, init };
export {
  Dropout,
  Flatten,
  GELU,
  Identity,
  LeakyReLU,
  LogSoftmax,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Tanh,
} from "./activations.ts";
export { BatchNorm1d, type BatchNormOptions } from "./batch_norm.ts";
export { type Digits, load_digits } from "./digits.ts";
export { manual_seed } from "./init.ts";
export { Embedding, Linear, Sequential } from "./layers.ts";
export { BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, NLLLoss } from "./loss.ts";
export { Module } from "./module.ts";

export type { EmbeddingOptions, LayerOptions, LinearOptions } from "./layers.ts";
export type { CrossEntropyOptions, LossOptions, NLLOptions, Reduction } from "./losses.ts";
export type { IncompatibleKeys, SavedTensor, StateDict } from "./module.ts";
