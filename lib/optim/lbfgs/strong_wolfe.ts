import type { Data, Tensor } from "../../autograd/index.ts";
import { absMax } from "../../kernels/reduce/cpu.ts";
import { abs, add, atMost, div, less, max, min, mul, scalar, type Scalar, sub } from "./scalar.ts";

/** A place on the line: step length, loss, gradient, and slope along the line. */
export interface Point {
  t: Scalar;
  f: number;
  g: Data;
  gtd: Tensor;
}

/** How much of the decrease that the slope promises is enough. */
const C1 = 1e-4;
/** How much of the slope may be left. */
const C2 = 0.9;
/** PyTorch's `tolerance_change` does not reach the line search. */
const TOLERANCE_CHANGE = 1e-9;

/**
 * Finds a step along `d` that satisfies the strong Wolfe conditions: the loss falls enough and the
 * slope becomes flat enough. First steps grow until they bracket such a point, then the bracket
 * shrinks around it. When the budget is spent (it is exceeded by one call at most), the best end of
 * the bracket must do.
 *
 * Source: Nocedal, Wright (2006), Numerical Optimization, algorithms 3.5 and 3.6.
 */
export function strongWolfe(
  evaluate: (t: Scalar) => Point,
  t: Scalar,
  d: Data,
  start: Point,
  budget: number,
): { found: Point; calls: number } {
  const tooHigh = ({ t, f }: Point) => less(add(start.f, mul(mul(C1, t), start.gtd)), f);
  const flatEnough = ({ gtd }: Point) => atMost(abs(gtd), mul(-C2, start.gtd));

  let previous = start;
  let point = evaluate(t);
  let iterations = 0;
  while (iterations < budget) {
    if (tooHigh(point) || (iterations > 1 && point.f >= previous.f)) break;
    if (flatEnough(point)) return { found: point, calls: iterations + 1 };
    if (atMost(0, point.gtd)) break;
    const nearest = add(point.t, mul(0.01, sub(point.t, previous.t)));
    const next = cubicMinimum(previous, point, [nearest, mul(point.t, 10)]);
    previous = point;
    point = evaluate(next);
    iterations++;
  }
  const bracket: [Point, Point] = [iterations === budget ? start : previous, point];

  const longest = scalar(absMax(d), start.gtd.dtype);
  let low = bracket[0].f <= bracket[1].f ? 0 : 1;
  let stuck = false;
  while (iterations < budget) {
    const [a, b] = bracket;
    if (less(mul(abs(sub(b.t, a.t)), longest), TOLERANCE_CHANGE)) break;
    let next = cubicMinimum(a, b);
    const [left, right] = [min(a.t, b.t), max(a.t, b.t)];
    const margin = mul(0.1, sub(right, left));
    const near = less(min(sub(right, next), sub(next, left)), margin);
    if (near && (stuck || atMost(right, next) || atMost(next, left))) {
      const rightNearer = less(abs(sub(next, right)), abs(sub(next, left)));
      next = rightNearer ? sub(right, margin) : add(left, margin);
      stuck = false;
    } else {
      stuck = near;
    }
    point = evaluate(next);
    iterations++;
    const high = 1 - low;
    if (tooHigh(point) || point.f >= bracket[low]!.f) {
      bracket[high] = point;
      low = bracket[0].f <= bracket[1].f ? 0 : 1;
      continue;
    }
    if (flatEnough(point)) return { found: point, calls: iterations + 1 };
    const rising = mul(point.gtd, sub(bracket[high]!.t, bracket[low]!.t));
    if (atMost(0, rising)) bracket[high] = bracket[low]!;
    bracket[low] = point;
  }
  return { found: bracket[low]!, calls: iterations + 1 };
}

/**
 * Where the cubic through two points, with the slopes that they have, is least: within `bounds`, by
 * default between the points. Half way where the cubic has no minimum.
 */
function cubicMinimum(p: Point, q: Point, bounds?: [Scalar, Scalar]): Scalar {
  const forwards = atMost(p.t, q.t);
  const [near, far] = forwards ? [p, q] : [q, p];
  const [least, most] = bounds ?? [near.t, far.t];
  const d1 = sub(add(p.gtd, q.gtd), div(3 * (p.f - q.f), sub(p.t, q.t)));
  const square = sub(mul(d1, d1), mul(p.gtd, q.gtd)) as Tensor;
  if (!atMost(0, square)) return div(add(least, most), 2);
  const d2 = square.sqrt();
  const above = sub(add(far.gtd, d2), d1);
  const below = add(sub(far.gtd, near.gtd), mul(2, d2));
  const place = sub(far.t, mul(sub(far.t, near.t), div(above, below)));
  return min(max(place, least), most);
}
