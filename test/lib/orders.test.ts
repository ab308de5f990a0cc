/**
 * Another order of operations is noticed: each place of a rule where mathematics allows another
 * grouping is regrouped, and must then miss PyTorch's recorded trajectories.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  check,
  type Expr,
  parse,
  type Rule,
  set_default_device,
  type Statement,
} from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { type Case, type GoldenFile, golden, type Inputs, replay } from "./golden.ts";

const { SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, NAdam, RAdam, Rprop, ASGD } = optim;
const classes = { SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, NAdam, RAdam, Rprop, ASGD };

const call = (op: string, ...args: Expr[]): Expr => ({ kind: "call", op, args });
const isCall = (e: Expr, ops: string) =>
  e.kind === "call" && ops.includes(e.op) && e.op.length === 1;
const inverse: Record<string, string> = { "+": "-", "-": "+", "*": "/", "/": "*" };

/** The same number by other operations. */
function others(e: Expr): Expr[] {
  if (e.kind !== "call") return [];
  const [a, b, c] = e.args as [Expr, Expr, Expr];
  const found: Expr[] = [];
  for (const family of ["+-", "*/"]) {
    if (!isCall(e, family)) continue;
    const [plus] = family;
    const flip = (op: string) => inverse[op]!;
    if (a.kind === "call" && isCall(a, family)) {
      const [x, y] = a.args as [Expr, Expr];
      found.push(call(a.op, x, call(a.op === plus ? e.op : flip(e.op), y, b)));
    }
    if (b.kind === "call" && isCall(b, family)) {
      const [x, y] = b.args as [Expr, Expr];
      found.push(call(e.op === plus ? b.op : flip(b.op), call(e.op, a, x), y));
    }
  }
  if (e.op === "*") {
    for (const [sum, factor] of [
      [a, b],
      [b, a],
    ] as const) {
      if (sum.kind !== "call" || !isCall(sum, "+-")) continue;
      const [x, y] = sum.args as [Expr, Expr];
      found.push(call(sum.op, call("*", factor, x), call("*", factor, y)));
    }
  }
  if (e.op === "/" && a.kind === "call" && isCall(a, "+-")) {
    found.push(call(a.op, call("/", a.args[0]!, b), call("/", a.args[1]!, b)));
  }
  if (e.op === "sqrt" && a.kind === "call" && isCall(a, "*/")) {
    found.push(call(a.op, ...a.args.map((arg) => call("sqrt", arg))));
  }
  if (e.op === "lerp") {
    const rest = call("-", { kind: "number", value: 1 }, c);
    found.push(call("+", call("*", rest, a), call("*", c, b)));
  }
  return found;
}

/** A tree with one of its parts exchanged, in every way that there is. */
function regrouped(e: Expr): Expr[] {
  if (e.kind !== "call") return [];
  const inside = e.args.flatMap((arg, i) =>
    regrouped(arg).map((other) => call(e.op, ...e.args.with(i, other))),
  );
  return [...others(e), ...inside];
}

function print(e: Expr): string {
  if (e.kind === "number") return String(e.value);
  if (e.kind === "name") return e.name;
  const args = e.args.map(print);
  if (e.op === "neg") return `(-${args[0]})`;
  if (e.op === "not") return `(not ${args[0]})`;
  if (/^\w+$/.test(e.op) && !["and", "or"].includes(e.op)) return `${e.op}(${args.join(", ")})`;
  return `(${args[0]} ${e.op} ${args[1]})`;
}

/** The text of a rule, with the expression of the n-th assignment exchanged. */
function rewritten(
  statements: readonly Statement[],
  exchange: (e: Expr, n: number) => Expr,
): string {
  let n = 0;
  const lines = (list: readonly Statement[], indent: string): string[] =>
    list.flatMap((statement) => {
      if (statement.kind === "assign") {
        return [`${indent}${statement.name} = ${print(exchange(statement.value, n++))}`];
      }
      const then = lines(statement.then, `${indent}    `);
      const otherwise = lines(statement.else, `${indent}    `);
      const head = `${indent}if ${print(statement.condition)}:`;
      return [head, ...then, ...(otherwise.length > 0 ? [`${indent}else:`, ...otherwise] : [])];
    });
  return lines(statements, "").join("\n");
}

interface Mutation {
  text: string;
  where: string;
}
function mutationsOf({ text }: Rule): Mutation[] {
  const statements = parse(text);
  const values: { name: string; value: Expr }[] = [];
  const collect = (list: readonly Statement[]): void =>
    list.forEach((statement) => {
      if (statement.kind === "assign") values.push(statement);
      else [statement.then, statement.else].forEach(collect);
    });
  collect(statements);
  return values.flatMap(({ name, value }, n) =>
    regrouped(value).map((other) => ({
      text: rewritten(statements, (e, k) => (k === n ? other : e)),
      where: `${name} = ${print(other)}`,
    })),
  );
}

function differs(rule: Rule, inputs: Record<string, Inputs>, cases: readonly Case[]): boolean {
  class Mutant extends optim.RuleOptimizer<Record<string, never>> {
    static override rule = rule;
  }
  const make = (groups: unknown, kwargs: unknown) => new Mutant(groups as never, kwargs as never);
  return cases.some((each) => replay(inputs[each.inputs]!, each, make).length > 0);
}

/**
 * Numbers of a step that are computed once, in double: what another grouping does to their last bit is
 * gone when they are rounded to float32, or is nothing for the recorded options.
 */
const silent: Partial<Record<keyof typeof classes, string[]>> = {
  Adagrad: ["clr = (lr / (1 + ((lr_decay * t) - (lr_decay * 1))))"],
  NAdam: [
    "mu = ((beta1 * 1) - (beta1 * (0.5 * (0.96 ** (t * momentum_decay)))))",
    "mu_next = (beta1 * (1 - (0.5 * (0.96 ** ((momentum_decay * t) + (momentum_decay * 1))))))",
  ],
  RAdam: [
    "rho_t = (rho_inf - ((2 * (t * (beta2 ** t))) / bias_correction2))",
    "above = ((((rho_t - 4) * rho_t) - ((rho_t - 4) * 2)) * rho_inf)",
    "rect = sqrt((above / ((((rho_inf - 2) * rho_inf) - ((rho_inf - 2) * 4)) * rho_t)))",
    "rect = sqrt((above / ((((rho_inf - 4) * rho_inf) - ((rho_inf - 4) * 2)) * rho_t)))",
  ],
  ASGD: ["eta = (lr / ((1 + (lambd * (lr * t))) ** alpha))"],
};

for (const [name, { rule }] of Object.entries(classes)) {
  const { inputs, cases } = golden<GoldenFile>(name);
  const mutations = mutationsOf(rule);
  test(`${name}: ${mutations.length} other groupings are noticed`, () => {
    set_default_device("js");
    const plain = rewritten(parse(rule.text), (e) => e);
    assert.not.ok(differs({ ...rule, text: plain }, inputs, cases), "the rule itself is PyTorch's");
    const unnoticed = mutations.filter(({ text }) => !differs({ ...rule, text }, inputs, cases));
    const expected = silent[name as keyof typeof classes] ?? [];
    assert.equal(
      unnoticed.map(({ where }) => where),
      expected,
    );
    for (const { where } of unnoticed)
      assert.is(check(rule).kinds.get(where.split(" ")[0]!), "host");
    set_default_device("auto");
  });
}

test.run();
