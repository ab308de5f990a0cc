/** What the options decide about a rule: which branches it takes, and from which end lerp starts. */
import { evaluate } from "./evaluate.ts";
import type { Expr, Statement } from "./parse.ts";
import { type Dtype, type Rule, type Scalar, settings } from "./rule.ts";
import { check } from "./scope.ts";

export interface Decided {
  /** One letter per decision: options with the same letters have the same statements. */
  key: string;
  /** The text without the branches that are not taken, `lerp` written out. */
  statements: Statement[];
}

/** Takes the decisions that a rule's options (and the parameter's type) take. */
export function decide(
  rule: Rule,
  values: Readonly<Record<string, Scalar>>,
  dtype: Dtype,
): Decided {
  const pruner = new Pruner(dtype);
  const statements = pruner.block(check(rule).statements, new Map(Object.entries(values)));
  return { key: pruner.key, statements };
}

class Pruner {
  readonly #dtype: Dtype;
  key: string;

  constructor(dtype: Dtype) {
    this.#dtype = dtype;
    this.key = `${dtype} `;
  }

  block(statements: readonly Statement[], known: Map<string, Scalar>): Statement[] {
    return statements.flatMap((statement): Statement[] => {
      if (statement.kind === "assign") {
        const value = this.#writeOutLerp(statement.value, known);
        learn(known, statement.name, evaluate(statement.value, known));
        return [{ ...statement, value }];
      }
      const decided = evaluate(statement.condition, known);
      if (decided !== undefined) {
        this.key += decided ? "y" : "n";
        return this.block(statement[decided ? "then" : "else"], known);
      }
      this.key += "?";
      const then = this.block(statement.then, new Map(known));
      const other = this.block(statement.else, new Map(known));
      forgetAssigned(known, [...then, ...other]);
      return [{ ...statement, then, else: other }];
    });
  }

  /** From the nearer end, as PyTorch: a + w (b - a) if w < 1/2, else b + (w - 1) (b - a). */
  #writeOutLerp(expr: Expr, known: ReadonlyMap<string, Scalar>): Expr {
    if (expr.kind !== "call") return expr;
    const args = expr.args.map((arg) => this.#writeOutLerp(arg, known));
    if (expr.op !== "lerp") return { ...expr, args };
    const single = this.#dtype === "float32";
    const [a, b, weight] = args as [Expr, Expr, Expr];
    const value = Number(evaluate(weight, known));
    const far = Math.abs(single ? Math.fround(value) : value) >= 0.5;
    this.key += far ? "b" : "a";
    if (!far) return call("+", a, call("*", weight, call("-", b, a)));
    const w = single ? call("float32", weight) : weight;
    const one: Expr = { kind: "number", value: 1 };
    return call("+", b, call("*", call("-", w, one), call("-", b, a)));
  }
}

const call = (op: string, ...args: Expr[]): Expr => ({ kind: "call", op, args });

/** A name got a value: known, or not known any more. */
export function learn(known: Map<string, Scalar>, name: string, value: Scalar | undefined): void {
  if (value === undefined) known.delete(name);
  else known.set(name, value);
}

/** After a branch that may not have been taken, the names it assigns may have either value. */
export function forgetAssigned(known: Map<string, Scalar>, branch: readonly Statement[]): void {
  const writes = new Map<string, number>();
  mentions(branch, new Set(), writes);
  for (const name of writes.keys()) known.delete(name);
}

/** The options that decide something: as long as they keep their values, the program is the same. */
export function decidingOptions(rule: Rule): string[] {
  const { statements } = check(rule);
  const deciding = new Set<string>();
  const visit = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === "if") {
        namesIn(statement.condition, deciding);
        visit(statement.then);
        visit(statement.else);
      } else {
        if (deciding.has(statement.name)) namesIn(statement.value, deciding);
        lerpWeights(statement.value).forEach((weight) => namesIn(weight, deciding));
      }
    }
  };
  for (let before = -1; before < deciding.size; visit(statements)) before = deciding.size;
  return Object.keys(settings(rule)).filter((name) => deciding.has(name));
}

function lerpWeights(expr: Expr): Expr[] {
  if (expr.kind !== "call") return [];
  return [...(expr.op === "lerp" ? [expr.args[2]!] : []), ...expr.args.flatMap(lerpWeights)];
}

export function namesIn(expr: Expr, names: Set<string>): void {
  if (expr.kind === "name") names.add(expr.name);
  if (expr.kind === "call") expr.args.forEach((arg) => namesIn(arg, names));
}

/** The names that statements read, and how often each is written. */
export function mentions(
  list: readonly Statement[],
  reads: Set<string>,
  writes: Map<string, number>,
): void {
  for (const statement of list) {
    if (statement.kind === "assign") {
      namesIn(statement.value, reads);
      writes.set(statement.name, (writes.get(statement.name) ?? 0) + 1);
    } else {
      namesIn(statement.condition, reads);
      mentions(statement.then, reads, writes);
      mentions(statement.else, reads, writes);
    }
  }
}
