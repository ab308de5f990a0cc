/** Expressions as text of a language whose operators stand between their arguments. */
import { type Operator, operators } from "./operators.ts";
import type { Expr } from "./parse.ts";

export interface Style {
  name: (symbol: string) => string;
  number: (value: number) => string;
  /** How the language spells an operator or function. */
  spell: (op: string, operator: Operator) => string;
  /** `condition ? a : b`, with its binding strength if it is not a call. */
  choose: (condition: string, a: string, b: string) => { text: string; strength?: number };
  /** Wraps an operation whose result must be rounded. */
  round?: (text: string) => string;
}

/** Binding strength of an operator before its argument. */
const PREFIX = operators.get("neg")!.precedence!;

/** An expression with as few parentheses as its language needs. */
export function printInfix(expr: Expr, style: Style, outer = 0): string {
  if (expr.kind === "number") return style.number(expr.value);
  if (expr.kind === "name") return style.name(expr.name);
  const operator = operators.get(expr.op)!;
  const { precedence: strength, exact, arity } = operator;
  const within = (text: string, by = Infinity) => (by < outer ? `(${text})` : text);
  // The right operand of "-" and "/" needs parentheses at equal strength, and so does -(-x).
  const closer = (i: number) => (i === arity - 1 ? 0.5 : 0);
  const word = style.spell(expr.op, operator);
  // "not" is weaker than "==", as in Python; "!" is stronger than any operator between two.
  const own = word === "!" ? PREFIX : strength;
  // WGSL wants parentheses around "and" within "or".
  const inner = expr.op === "or" ? operators.get("not")!.precedence : own;
  const args = expr.args.map((arg, i) =>
    printInfix(arg, style, inner === undefined ? 0 : inner + closer(i)),
  );
  if (expr.op === "where") {
    const choice = style.choose(args[0]!, args[1]!, args[2]!);
    return within(choice.text, choice.strength);
  }
  const between = arity === 1 ? `${word}${args[0]}` : `${args[0]} ${word} ${args[1]}`;
  const text = strength === undefined ? `${word}(${args.join(", ")})` : between;
  if (style.round && !exact && !isTest(expr)) return style.round(text);
  return within(text, own);
}

/** Whether an expression is true or false. */
export function isTest(expr: Expr): boolean {
  return expr.kind === "call" && (operators.get(expr.op)!.precedence ?? Infinity) < 5;
}
