import type { Data } from "../autograd/index.ts";
import { dtypeOf, rounding } from "./reduce.ts";

/**
 * Moves every element of `from` towards `to` by the same fraction, in place: PyTorch's `lerp_`,
 * which starts from whichever end is nearer.
 */
export function lerp_(from: Data, to: Data, weight: number): void {
  const R = rounding(dtypeOf(from));
  const w = R(weight);
  const near = Math.abs(w) < 0.5;
  const back = R(w - 1);
  for (let i = 0; i < from.length; i++) {
    const way = R(to[i]! - from[i]!);
    from[i] = near ? from[i]! + R(w * way) : to[i]! + R(back * way);
  }
}
