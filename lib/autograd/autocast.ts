/** Mixed precision: which operations compute in float16, and which in float32. */
import type { Tensor } from "./tensor.ts";

export interface AutocastOptions {
  /** What matrices are multiplied in. By default, and so far only, "float16". */
  dtype?: "float16";
  /** Whether to do so at all, so that a program needs no second version. By default true. */
  enabled?: boolean;
}

let casting = false;

/**
 * Runs a synchronous function, such as a model with its loss, in mixed precision. As PyTorch's
 * autocast on a GPU does: products of matrices (`matmul`, `Linear`) round their float32 operands to
 * float16 and give float16; `exp`, `log`, `pow`, `sum`, `norm`, `softmax`, `log_softmax` and the
 * losses widen float16 to float32; all else computes in the widest type of its operands. Parameters
 * stay float32, and so do their gradients; but on its way through the products a gradient is float16,
 * where what is less than 2^-25 becomes 0. `GradScaler` saves it.
 *
 * Errors: another dtype.
 *
 * Source: https://docs.pytorch.org/docs/stable/amp.html ("Autocast Op Reference"); Micikevicius et
 * al. 2018, "Mixed Precision Training", https://arxiv.org/abs/1710.03740
 *
 * @example
 * const w = tensor([[3]], { requires_grad: true });
 * const y = autocast(() => w.matmul(tensor([[0.1]])));
 * y.dtype // "float16"
 * y.detach() // tensor([[0.2998]], dtype=float16)
 * y.to("float32").sum().mul(1e-8).backward();
 * w.grad // tensor([[0.]])
 */
export function autocast<T>(fn: () => T, options: AutocastOptions = {}): T {
  const { dtype = "float16", enabled = true } = options;
  if (dtype !== "float16") {
    throw new TypeError(`dtype: ${String(dtype)}. autocast computes in "float16"`);
  }
  const before = casting;
  casting = enabled;
  try {
    return fn();
  } finally {
    casting = before;
  }
}

/**
 * Whether operations choose their type, as inside `autocast`.
 *
 * @example
 * autocast(() => is_autocast_enabled()) // true
 */
export function is_autocast_enabled(): boolean {
  return casting;
}

/** An operand of what autocast computes in float16. */
export function narrowed(a: Tensor): Tensor {
  return casting && a.dtype === "float32" ? a.to("float16") : a;
}

/** An operand of what autocast computes in float32. */
export function widened(a: Tensor): Tensor {
  return casting && a.dtype === "float16" ? a.to("float32") : a;
}

/**
 * What consists of several steps is rounded to float16 once, at the end; inside autocast not at all,
 * where it is on the list of float32.
 */
export function roundedOnce(a: Tensor, steps: (a: Tensor) => Tensor, listed = true): Tensor {
  if (a.dtype !== "float16") return steps(a);
  const result = steps(a.to("float32"));
  return casting && listed ? result : result.to("float16");
}
