import {
  type Options,
  printFormula,
  printPlainPseudocode,
  printPseudocode,
  type Rule,
  unknown,
} from "../kernels/index.ts";
import { type Displayable, displayable } from "./display.ts";

/** A class of lib/optim: its rule is the one text from which everything about it is printed. */
export interface Optimizable {
  new (params: never, options?: never): object;
  readonly name: string;
  readonly rule: Rule;
}

/**
 * The update as one typeset formula, reduced to the branches that the options take.
 *
 *     formula(SGD, { momentum: 0.9, nesterov: true })
 */
export function formula({ rule }: Optimizable, options: Options = {}): Displayable {
  for (const name of Object.keys(options)) {
    if (name in rule.defaults) continue;
    throw new Error(unknown(`option of ${rule.name}`, name, Object.keys(rule.defaults)));
  }
  return typeset(printFormula(rule, options));
}

/** The whole algorithm with all its branches, in the style of PyTorch's documentation. */
export function pseudocode({ rule }: Optimizable): Displayable {
  return typeset(printPseudocode(rule), printPlainPseudocode(rule));
}

/** TeX for front ends that typeset it; in a console the plain text, or the TeX itself. */
function typeset(tex: string, plain = tex): Displayable {
  return displayable(() => ({ "text/latex": `$$\n${tex}\n$$`, "text/plain": plain }));
}
