import type { Expr } from "./parse.ts";

/** An expression whose conditions are conditions: a scalar that is true or false arrives as 1 or 0. */
export function tested(expr: Expr, scalars: readonly string[], isCondition = false): Expr {
  if (expr.kind === "call") {
    const { op } = expr;
    const conditions = op === "where" ? 1 : ["and", "or", "not"].includes(op) ? Infinity : 0;
    return { ...expr, args: expr.args.map((arg, i) => tested(arg, scalars, i < conditions)) };
  }
  if (!isCondition || expr.kind !== "name" || !scalars.includes(expr.name)) return expr;
  return { kind: "call", op: "!=", args: [expr, { kind: "number", value: 0 }] };
}
