import { grad } from "./backward.ts";
import { newData } from "./data.ts";
import { no_grad } from "./tape.ts";
import { Tensor } from "./tensor.ts";

export interface GradcheckOptions {
  /** How far each input is moved to either side. */
  eps?: number;
  /** Largest absolute difference allowed. */
  atol?: number;
  /** Largest relative difference allowed. */
  rtol?: number;
}

/**
 * Compares the gradient of every element of `fn(...inputs)` with slopes measured by moving one input
 * a little to either side. Inputs are float64 leaves that require grad. Throws at the first that
 * differs.
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
  }
  const computed = jacobian(fn(...inputs), inputs);
  const values = () => fn(...inputs).data.slice();
  inputs.forEach((input, which) => {
    for (let i = 0; i < input.size; i++) {
      const x = input.data[i]!;
      input.data[i] = x + eps;
      const above = values();
      input.data[i] = x - eps;
      const below = values();
      input.data[i] = x;
      above.forEach((high, place) => {
        const measured = (high - below[place]!) / (2 * eps);
        const said = computed[place]![which]?.data[i] ?? 0;
        if (Math.abs(measured - said) <= atol + rtol * Math.abs(measured)) return;
        throw new Error(
          `gradcheck: input ${which}, element ${i}, output element ${place}: backward says ` +
            `${said}, the measured slope is ${measured}`,
        );
      });
    }
  });
  return true;
}

/** The gradients of every element of the output by itself. */
function jacobian(output: Tensor, inputs: Tensor[]): (Tensor | null)[][] {
  return Array.from({ length: output.size }, (_, place) => {
    if (!output.requires_grad) return inputs.map(() => null);
    const one = output.like(0);
    one.data[place] = 1;
    return grad(output, inputs, { grad_outputs: [one], retain_graph: true, allow_unused: true });
  });
}

/**
 * `gradcheck` of the gradients themselves: derivatives of derivatives.
 *
 * @example
 * const x = tensor([0.5, 2], { dtype: "float64", requires_grad: true });
 * gradgradcheck((x) => x.pow(3), [x]) // true
 */
export function gradgradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  options?: GradcheckOptions,
): true {
  const { shape, size } = no_grad(() => fn(...inputs));
  // Different weights, so that errors in two elements do not cancel.
  const weights = newData("float64", size).map((_, i) => 1 + ((i * 5) % 7) / 4);
  const start = new Tensor(weights, shape, true);
  const gradientOf =
    (which: number) =>
    (weight: Tensor, ...values: Tensor[]) => {
      const [gradient] = grad(fn(...values), values[which]!, {
        grad_outputs: [weight],
        create_graph: true,
        allow_unused: true,
      });
      return gradient ?? values[which]!.like(0);
    };
  inputs.forEach((_, which) => gradcheck(gradientOf(which), [start, ...inputs], options));
  return true;
}
