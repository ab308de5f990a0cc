import type { Data } from "../autograd/index.ts";
import { round } from "../kernels/reduce/cpu.ts";

/**
 * Moves every element of `from` towards `to` by the same fraction, in place: PyTorch's `lerp_`,
 * which starts from whichever end is nearer.
 */
export function lerp_(from: Data, to: Data, weight: number): void {
  const single = from instanceof Float32Array;
  const w = round(weight, single);
  const near = Math.abs(w) < 0.5;
  const back = round(w - 1, single);
  for (let i = 0; i < from.length; i++) {
    const way = round(to[i]! - from[i]!, single);
    from[i] = near ? from[i]! + round(w * way, single) : to[i]! + round(back * way, single);
  }
}
