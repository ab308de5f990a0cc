import type { Tensor } from "../autograd/index.ts";
import { type Rule, unknown } from "../kernels/index.ts";
import { float, IndexError, refuse, RuntimeError } from "./errors.ts";

/** Options of PyTorch's that choose an implementation, and `maximize`. */
export interface Switches {
  /** Climbs instead of descending. */
  maximize: boolean;
  /** One kernel over all parameters; here every step is. */
  foreach: boolean | null;
  /** As `foreach`; the bits are the same. */
  fused: boolean | null;
  /** Keep the step count on the device; here it always stays on the host. */
  capturable: boolean;
  /** Let gradients flow through the step. */
  differentiable: boolean;
}

const off: Switches = {
  maximize: false,
  foreach: null,
  fused: null,
  capturable: false,
  differentiable: false,
};

/** Switches with PyTorch's defaults, in the order in which a class lists them. */
export function switches<K extends keyof Switches>(...names: K[]): Pick<Switches, K> {
  return Object.fromEntries(names.map((name) => [name, off[name]])) as Pick<Switches, K>;
}

/** Options as they are given: a number may stand in a tensor, so that it can be learned. */
export type Given<O> = { [K in keyof O]?: O[K] extends number ? O[K] | Tensor : O[K] };

/** Fills in a rule's defaults; an option that the rule does not have is an error. */
export function withDefaults<O extends object>(rule: Rule, options: Given<O>): O {
  const known = Object.keys(rule.defaults);
  const odd = Object.keys(options).find((name) => !known.includes(name));
  if (odd !== undefined) throw new TypeError(unknown("option", odd, known));
  const all = { ...rule.defaults, ...options };
  if (all.fused && all.differentiable) {
    throw new RuntimeError("`fused` does not support `differentiable`");
  }
  if (all.fused && all.foreach) {
    throw new RuntimeError("`fused` and `foreach` cannot be `True` together.");
  }
  return all as unknown as O;
}

/** Refuses momentum coefficients outside [0, 1). */
export function checkBetas(betas: readonly number[]): void {
  if (betas.length < 2) throw new IndexError("tuple index out of range");
  betas.slice(0, 2).forEach((beta, i) => {
    refuse(!(beta >= 0 && beta < 1), `beta parameter at index ${i}`, float(beta));
  });
}
