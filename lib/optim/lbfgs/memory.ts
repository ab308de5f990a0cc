import { type Data, Tensor } from "../../autograd/index.ts";
import { IndexError } from "../errors.ts";
import { dot, computedIn, round, rounding } from "../../kernels/reduce/cpu.ts";
import { scalar, type Scalar, valueOf } from "./scalar.ts";

/** What one iteration leaves to the next, by PyTorch's names and in its order. */
export interface Memory {
  /** The direction of the last step, and its length. */
  d: Tensor;
  t: Scalar;
  /** How the gradient changed in earlier steps (y), the newest last. */
  old_dirs: Tensor[];
  /** The steps themselves (s). */
  old_stps: Tensor[];
  /** 1 / y·s of each. */
  ro: Tensor[];
  /** The first guess of the inverse Hessian: this times the identity. */
  H_diag: Scalar;
  prev_flat_grad: Tensor;
  prev_loss: number;
}

/** A smaller y·s says that the curvature is not positive, or too small to be trusted. */
const LEAST_CURVATURE = 1e-10;

export const vector = (data: Data): Tensor => new Tensor(data, [data.length]);

/** Adds `a` times `y` to `x`. */
export function addScaled(x: Data, a: number, y: Data): void {
  const single = y instanceof Float32Array;
  for (let i = 0; i < x.length; i++) x[i]! += round(a * y[i]!, single);
}

/** What is remembered, copied: a step that fails half way leaves the state as it was. */
export function recall(state: Partial<Memory>): Memory | null {
  const { d, old_dirs = [], old_stps = [], ro = [] } = state;
  if (d === undefined) return null;
  const lists = { old_dirs: [...old_dirs], old_stps: [...old_stps], ro: [...ro] };
  return { ...(state as Memory), ...lists };
}

/** Remembers the last step and what it did to the gradient; forgets the oldest pair if need be. */
export function remember(memory: Memory, gradient: Data, history_size: number): void {
  const { d, t, old_dirs, old_stps, ro, prev_flat_grad } = memory;
  const { dtype } = d;
  const R = rounding(dtype);
  const length = R(valueOf(t));
  const y = gradient.map((g, i) => g - prev_flat_grad.data[i]!);
  const s = d.data.map((x) => x * length);
  const ys = dot(y, s);
  if (!(ys > R(LEAST_CURVATURE))) return;
  if (history_size === 0) throw new IndexError("pop from empty list: history_size is 0");
  if (old_dirs.length === history_size) [old_dirs, old_stps, ro].forEach((list) => list.shift());
  old_dirs.push(vector(y));
  old_stps.push(vector(s));
  ro.push(scalar(1 / ys, dtype));
  memory.H_diag = scalar(ys / dot(y, y), dtype);
}

/**
 * Minus the gradient times the inverse Hessian that the remembered pairs imply: the two-loop
 * recursion. `al` keeps the coefficients of the first loop for the second.
 *
 * Source: Nocedal, Wright (2006), Numerical Optimization, algorithm 7.4.
 */
export function direction(memory: Memory, gradient: Data, al: (Tensor | null)[]): Data {
  const { old_dirs, old_stps, ro, H_diag } = memory;
  const dtype = computedIn(gradient);
  const R = rounding(dtype);
  const q = gradient.map((g) => -g);
  for (let i = old_dirs.length - 1; i >= 0; i--) {
    const a = R(dot(old_stps[i]!.data, q) * ro[i]!.item());
    addScaled(q, -a, old_dirs[i]!.data);
    al[i] = scalar(a, dtype);
  }
  const scale = R(valueOf(H_diag));
  const r = q.map((x) => x * scale);
  for (let i = 0; i < old_dirs.length; i++) {
    const be = R(dot(old_dirs[i]!.data, r) * ro[i]!.item());
    addScaled(r, R(al[i]!.item() - be), old_stps[i]!.data);
  }
  return r;
}
