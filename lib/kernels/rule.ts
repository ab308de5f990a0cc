/** The value of an option. `null` stands for Python's None. */
export type OptionValue = number | boolean | null | readonly (number | null)[];
export type Options = Readonly<Record<string, OptionValue>>;

/** One thing that an optimizer remembers about a parameter between steps. */
export interface StateSpec {
  /** Its name in the rule's text. */
  symbol: string;
  /** Value before the first step: a number, or the name of an option. By default 0. */
  start?: number | string;
  /** One float32 number for the whole parameter, instead of one per element. */
  scalar?: true;
}

/**
 * An optimizer as its paper has it: options, state and a few lines of text. Everything else about it
 * (formula, pseudocode, loops, kernels) is printed from here.
 *
 * The text is a list of assignments, with `if` and `else:` on conditions that look at no element:
 *
 *     if weight_decay != 0: g = g + weight_decay * theta
 *     theta = theta - lr * g
 *
 * `theta` is the parameter, `g` its gradient, `first` is true at the first gradient of a parameter.
 * Operators: `+ - * / **`, comparisons, `and or not`. Functions: see `operators.ts`.
 *
 * Rounding: an expression that touches no element is computed in double and rounded once where it
 * meets one; every operation on elements is rounded to the parameter's type, in the order written.
 */
export interface Rule {
  name: string;
  /** Where it was published, and where PyTorch's version departs from that. */
  papers: readonly string[];
  /** PyTorch's options and defaults, in PyTorch's order. */
  defaults: Options;
  /** Names of the entries of array options: `{ betas: ["beta1", "beta2"] }`. */
  parts?: Readonly<Record<string, readonly string[]>>;
  /** By PyTorch's name, in PyTorch's order. What the text does not mention is not created. */
  state: Readonly<Record<string, StateSpec>>;
  /** The state exists from the start, not from a parameter's first gradient. */
  eager?: true;
  /** TeX of names in the text. A computed name without one is written out where it is used. */
  symbols?: Readonly<Record<string, string>>;
  text: string;
}

export type Dtype = "float32" | "float64";
export type Scalar = number | boolean;

/** Options as the text sees them: arrays taken apart, absent ones filled in with the defaults. */
export function settings(rule: Rule, options: Options = {}): Record<string, Scalar> {
  const values: Record<string, Scalar> = {};
  // Every step of a group asks for them, so no object is made but this one.
  for (const name in rule.defaults) {
    const value = options[name] === undefined ? rule.defaults[name] : options[name];
    if (typeof value === "number" || typeof value === "boolean") values[name] = value;
    else if (Array.isArray(value)) {
      rule.parts?.[name]?.forEach((part, i) => (values[part] = value[i] ?? NaN));
    }
  }
  return values;
}
