import { no_grad } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

export interface GradcheckOptions {
  /** How far each input is moved to either side. */
  eps?: number;
  /** Largest absolute difference allowed. */
  atol?: number;
  /** Largest relative difference allowed. */
  rtol?: number;
}

/**
 * Compares the gradients of `sum(fn(...inputs))` with slopes measured by moving one input a little to
 * either side. Inputs are float64 leaves that require grad. Throws at the first that differs.
 *
 * @example
 * const x = tensor([0.5, 2], { dtype: "float64", requires_grad: true });
 * gradcheck((x) => x.sqrt().mul(x), [x]) // true
 */
export function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  { eps = 1e-6, atol = 1e-5, rtol = 1e-3 }: GradcheckOptions = {},
): true {
  for (const input of inputs) {
    if (input.dtype !== "float64") {
      throw new TypeError(`gradcheck: dtype ${input.dtype} is too coarse. Use dtype: "float64"`);
    }
    input.grad = null;
  }
  fn(...inputs)
    .sum()
    .backward();
  const value = () =>
    no_grad(() =>
      fn(...inputs)
        .sum()
        .item(),
    );
  inputs.forEach((input, which) => {
    for (let i = 0; i < input.size; i++) {
      const x = input.data[i]!;
      input.data[i] = x + eps;
      const above = value();
      input.data[i] = x - eps;
      const below = value();
      input.data[i] = x;
      const measured = (above - below) / (2 * eps);
      const computed = input.grad?.data[i] ?? 0;
      if (!(Math.abs(measured - computed) <= atol + rtol * Math.abs(measured))) {
        throw new Error(
          `gradcheck: input ${which}, element ${i}: backward says ${computed}, ` +
            `the measured slope is ${measured}`,
        );
      }
    }
  });
  return true;
}
