/** A rule evaluated with tensors, so that gradients can flow through a step. */
import { Tensor, tensor, where } from "../autograd/index.ts";
import { operators } from "./operators.ts";
import type { Expr, Statement } from "./parse.ts";
import type { Dtype, Rule, Scalar } from "./rule.ts";
import { check } from "./scope.ts";

type Value = Scalar | Tensor;
type Apply = (a: Tensor, b: Tensor, c: Tensor) => Tensor;

/** What each operator of the language is on tensors. */
const onTensors: Readonly<Record<string, Apply>> = {
  "+": (a, b) => a.add(b),
  "-": (a, b) => a.sub(b),
  "*": (a, b) => a.mul(b),
  "/": (a, b) => a.div(b),
  "**": (a, b) => a.pow(b),
  "<": (a, b) => a.lt(b),
  ">": (a, b) => a.gt(b),
  "==": (a, b) => a.eq(b),
  neg: (a) => a.neg(),
  sqrt: (a) => a.sqrt(),
  abs: (a) => a.abs(),
  sign: (a) => a.sign(),
  min: (a, b) => a.minimum(b),
  max: (a, b) => a.maximum(b),
  float32: (a) => a.to("float32"),
  where: (condition, a, b) => where(condition, a, b),
  // From the nearer end, as in the loops.
  lerp: (a, b, w) =>
    Math.abs(w.item()) < 0.5 ? a.add(w.mul(b.sub(a))) : b.add(w.sub(1).mul(b.sub(a))),
};

/**
 * Runs a rule's text once. `values` holds `theta`, `g`, states by symbol and options; options may be
 * tensors. Every name that the text assigns has its new value afterwards.
 *
 * @example
 * const lr = tensor(0.25, { requires_grad: true });
 * const values = new Map(Object.entries({ ...settings(SGD.rule), lr }));
 * values.set("theta", tensor([1])).set("g", tensor([2])).set("first", true);
 * runOnTensors(SGD.rule, values, "float32");
 * values.get("theta").sum().backward();
 * lr.grad // tensor(-2.)
 */
export function runOnTensors(rule: Rule, values: Map<string, Value>, dtype: Dtype): void {
  const cells = Object.values(rule.state).filter(({ scalar }) => scalar);
  const float32 = new Set(cells.map(({ symbol }) => symbol));
  const run = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === "assign") {
        const value = evaluate(statement.value);
        const rounded = float32.has(statement.name) && typeof value === "number";
        values.set(statement.name, rounded ? Math.fround(value) : value);
      } else run(evaluate(statement.condition) ? statement.then : statement.else);
    }
  };
  const evaluate = (expr: Expr): Value => {
    if (expr.kind === "number") return expr.value;
    if (expr.kind === "name") return values.get(expr.name)!;
    const args = expr.args.map(evaluate);
    if (args.some((arg) => arg instanceof Tensor)) {
      const apply = onTensors[expr.op];
      if (apply === undefined) throw new TypeError(`operator: ${expr.op} takes no tensor`);
      const [a, b, c] = args.map((arg) =>
        arg instanceof Tensor ? arg : tensor(Number(arg), { dtype }),
      );
      return apply(a!, b!, c!);
    }
    return operators.get(expr.op)!.evaluate(...(args as never[]));
  };
  run(check(rule).statements);
}
