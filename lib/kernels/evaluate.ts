/** The meaning of a rule, said as plainly as possible: in double, one element at a time. */
import { operators } from "./operators.ts";
import type { Expr, Statement } from "./parse.ts";
import { type Options, type Rule, type Scalar, settings } from "./rule.ts";
import { check } from "./scope.ts";

/** The value of an expression, or undefined if a name in it has none. */
export function evaluate(expr: Expr, values: ReadonlyMap<string, Scalar>): Scalar | undefined {
  if (expr.kind === "number") return expr.value;
  if (expr.kind === "name") return values.get(expr.name);
  const args = expr.args.map((arg) => evaluate(arg, values));
  if (args.includes(undefined)) return undefined;
  return operators.get(expr.op)!.evaluate(...(args as never[]));
}

/** Executes statements; names get their new values. */
export function execute(statements: readonly Statement[], values: Map<string, Scalar>): void {
  for (const statement of statements) {
    if (statement.kind === "assign") {
      values.set(statement.name, evaluate(statement.value, values)!);
    } else {
      const taken = evaluate(statement.condition, values) ? "then" : "else";
      execute(statement[taken], values);
    }
  }
}

/** What a rule changes: the parameter, and by PyTorch's names its state. */
export interface Trace {
  theta: number[];
  g: readonly number[];
  state: Record<string, number[]>;
}

/**
 * One step of a rule in double, nothing rounded: the oracle of the faster readings. State arrays are
 * changed in place; a state that is missing is created, and makes `first` true.
 *
 * @example
 * const trace = { theta: [1], g: [2], state: {} };
 * evaluateStep(SGD.rule, trace, { lr: 0.25 });
 * trace.theta // [0.5]
 */
export function evaluateStep(rule: Rule, trace: Trace, options: Options = {}): void {
  const { statements } = check(rule);
  const given = settings(rule, options);
  const specs = Object.entries(rule.state);
  const first = specs.some(([name]) => trace.state[name] === undefined);
  for (const [name, { scalar, start = 0 }] of specs) {
    const value = typeof start === "string" ? Number(given[start]) : start;
    trace.state[name] ??= (scalar ? [0] : trace.theta).map(() => value);
  }
  const before = new Map(specs.map(([name]) => [name, trace.state[name]![0]!]));
  trace.theta.forEach((theta, i) => {
    const values = new Map<string, Scalar>(
      Object.entries({ ...given, first, theta, g: trace.g[i]! }),
    );
    for (const [name, { symbol, scalar }] of specs) {
      values.set(symbol, scalar ? before.get(name)! : trace.state[name]![i]!);
    }
    execute(statements, values);
    trace.theta[i] = Number(values.get("theta"));
    for (const [name, { symbol, scalar }] of specs) {
      trace.state[name]![scalar ? 0 : i] = Number(values.get(symbol));
    }
  });
}
