import { check, type Rule } from "../kernels/index.ts";
import { RuleOptimizer } from "./rule_optimizer.ts";

/** A rule without what has an obvious default. */
export type RuleDraft = Pick<Rule, "name" | "defaults" | "text"> & Partial<Rule>;

/** An optimizer class made of a rule. */
export interface DefinedOptimizer {
  new (
    ...args: ConstructorParameters<typeof RuleOptimizer<Record<string, unknown>>>
  ): RuleOptimizer<Record<string, unknown>>;
  readonly rule: Rule;
}

/**
 * An optimizer of your own, from a few lines of rule text: with parameter groups, state_dict, every
 * device, formula and pseudocode. Throws a SyntaxError that names the line of a mistake.
 *
 * @example
 * const SignSGD = defineOptimizer({
 *   name: "SignSGD",
 *   defaults: { lr: 0.5 },
 *   text: "theta = theta - lr * sign(g)",
 * });
 * const w = tensor([1, 1], { requires_grad: true });
 * const opt = new SignSGD([w]);
 * w.grad = tensor([1000, -0.001]);
 * opt.step();
 * w // tensor([0.5000, 1.5000], requires_grad=true)
 * printFormula(SignSGD.rule).includes("sign") // true
 */
export function defineOptimizer(draft: RuleDraft): DefinedOptimizer {
  const rule: Rule = { papers: [], state: {}, ...draft };
  check(rule);
  const made = class extends RuleOptimizer<Record<string, unknown>> {
    static override readonly rule = rule;
  };
  Object.defineProperty(made, "name", { value: rule.name });
  return made;
}
