import { type Tensor, tensor } from "../../autograd/index.ts";
import { repr, ValueError } from "../errors.ts";

/** The new average of one tensor, from the old one, the model's value and how many went in before. */
export type AvgFn = (averaged: Tensor, current: Tensor, num_averaged: number) => Tensor;

/** Updates the averages of all tensors in place. */
export type MultiAvgFn = (averaged: Tensor[], current: Tensor[], num_averaged: number) => void;

/**
 * The mean of all values so far.
 *
 * @example
 * get_swa_avg_fn()(tensor([1]), tensor([4]), 2) // tensor([2.])
 */
export function get_swa_avg_fn(): AvgFn {
  return (averaged, current, n) => averaged.add(current.sub(averaged).div(n + 1));
}

/** The mean of all values so far, in place; other last bits than `get_swa_avg_fn`, as in PyTorch. */
export function get_swa_multi_avg_fn(): MultiAvgFn {
  return (averaged, current, n) => {
    // PyTorch keeps this weight in float32, for float64 tensors too.
    const weight = Math.fround(1 / (n + 1));
    averaged.forEach((average, i) => average.copy_(lerp(average, current[i]!, weight)));
  };
}

/**
 * The exponential moving average: `decay` of the old average and the rest of the new value.
 *
 * Errors: a decay outside [0, 1].
 *
 * @example
 * get_ema_avg_fn(0.75)(tensor([1]), tensor([5]), 1) // tensor([2.])
 */
export function get_ema_avg_fn(decay = 0.999): AvgFn {
  checkDecay(decay);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/** As `get_ema_avg_fn`, in place; other last bits, as in PyTorch. */
export function get_ema_multi_avg_fn(decay = 0.999): MultiAvgFn {
  checkDecay(decay);
  return (averaged, current) => {
    averaged.forEach((average, i) => average.copy_(lerp(average, current[i]!, 1 - decay)));
  };
}

/** From `start` the part `weight` of the way to `end`, reckoned from the nearer of the two. */
function lerp(start: Tensor, end: Tensor, weight: number): Tensor {
  const w = tensor(weight, { dtype: start.dtype });
  const way = end.sub(start);
  return w.item() < 0.5 ? start.add(way.mul(w)) : end.add(way.mul(w.sub(1)));
}

function checkDecay(decay: number): void {
  if (decay >= 0 && decay <= 1) return;
  throw new ValueError(
    `Invalid decay value ${repr(decay)} provided. Please provide a value in [0,1] range.`,
  );
}
