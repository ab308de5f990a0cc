/**
 * A rule for given options: branches that the options decide are gone, and what touches no element
 * is computed before the loop. The result is what the printers of loops and kernels read.
 */
import { evaluate } from "./evaluate.ts";
import type { Assign, Expr, If, Statement } from "./parse.ts";
import { type Dtype, type Options, type Rule, type Scalar, settings } from "./rule.ts";
import { check, type Kind } from "./scope.ts";

/** Before the loop: an assignment in double, a scalar rounded for the loop, or a choice. */
export type HostStatement =
  | { kind: "assign"; name: string; value: Expr }
  | { kind: "scalar"; name: string; value: Expr }
  | { kind: "if"; condition: Expr; then: HostStatement[]; else: HostStatement[] };

/** A state that the program uses: PyTorch's name and the symbol in the text. */
export interface StateUse {
  name: string;
  symbol: string;
  written: boolean;
}

export interface Program {
  rule: Rule;
  dtype: Dtype;
  /** One number per element: `theta`, `g`, then state. */
  arrays: StateUse[];
  /** One float32 number per parameter, kept between steps. */
  cells: StateUse[];
  /** Names of the states above, in the order of the rule. */
  state: string[];
  /** Host names that are given from outside: options, and `first`. */
  inputs: string[];
  host: HostStatement[];
  /** Numbers and conditions that the loop uses. */
  scalars: string[];
  /** What the loop does with each element. Conditions are names of scalars. */
  body: Statement[];
}

/**
 * The program of a rule for given options (defaults where absent) and parameter type.
 *
 * @example
 * specialise(SGD.rule, { momentum: 0.9 }).arrays.map(({ name }) => name) // ["theta", "g", "momentum_buffer"]
 */
export function specialise(rule: Rule, options: Options = {}, dtype: Dtype = "float32"): Program {
  const { statements, kinds } = check(rule);
  const given = settings(rule, options);
  const pruned = prune(statements, new Map(Object.entries(given)), dtype);
  const reads = new Set<string>();
  const writes = new Map<string, number>();
  mentions(pruned, reads, writes);
  const cells = Object.values(rule.state).filter(({ scalar }) => scalar);
  const changing = new Set(cells.map(({ symbol }) => symbol));
  for (const [name, times] of writes) if (times > 1) changing.add(name);
  const hoister = new Hoister(kinds, dtype, changing);
  const { host, body } = hoister.block(pruned);
  const uses = (scalar: boolean) =>
    Object.entries(rule.state)
      .filter(([, spec]) => Boolean(spec.scalar) === scalar)
      .filter(([, { symbol }]) => reads.has(symbol) || writes.has(symbol))
      .map(([name, { symbol }]) => ({ name, symbol, written: writes.has(symbol) }));
  const [own, cellsUsed] = [uses(false), uses(true)];
  const used = new Set([...own, ...cellsUsed].map(({ name }) => name));
  return {
    rule,
    dtype,
    arrays: [
      { name: "theta", symbol: "theta", written: true },
      { name: "g", symbol: "g", written: false },
      ...own,
    ],
    cells: cellsUsed,
    state: Object.keys(rule.state).filter((name) => used.has(name)),
    inputs: ["first", ...Object.keys(given)].filter((name) => reads.has(name)),
    host,
    scalars: scalarsOf(body, kinds),
    body,
  };
}

/** The names in the loop that stand for one number. */
export function scalarsOf(body: readonly Statement[], kinds: ReadonlyMap<string, Kind>): string[] {
  const reads = new Set<string>();
  mentions(body, reads, new Map());
  return [...reads].filter((name) => kinds.get(name) !== "element");
}

/** The conditions in the loop, by name. */
export function conditionsOf(body: readonly Statement[]): string[] {
  const found = body.flatMap((statement) => {
    if (statement.kind === "assign") return [];
    const own = statement.condition.kind === "name" ? [statement.condition.name] : [];
    return [...own, ...conditionsOf(statement.then), ...conditionsOf(statement.else)];
  });
  return [...new Set(found)];
}

/** The loop without conditions: those with a true name are taken. */
export function straighten(body: readonly Statement[], holds: (name: string) => boolean): Assign[] {
  return body.flatMap((statement) => {
    if (statement.kind === "assign") return [statement];
    const { condition } = statement;
    const taken = condition.kind === "name" && holds(condition.name);
    return straighten(taken ? statement.then : statement.else, holds);
  });
}

/** Removes the branches that known values decide, and writes `lerp` out. */
function prune(
  statements: readonly Statement[],
  known: Map<string, Scalar>,
  dtype: Dtype,
): Statement[] {
  return statements.flatMap((statement): Statement[] => {
    if (statement.kind === "assign") {
      const value = evaluate(statement.value, known);
      if (value !== undefined) known.set(statement.name, value);
      return [{ ...statement, value: writeOutLerp(statement.value, known, dtype) }];
    }
    const decided = evaluate(statement.condition, known);
    if (decided !== undefined) return prune(statement[decided ? "then" : "else"], known, dtype);
    return [
      {
        ...statement,
        then: prune(statement.then, new Map(known), dtype),
        else: prune(statement.else, new Map(known), dtype),
      },
    ];
  });
}

const call = (op: string, ...args: Expr[]): Expr => ({ kind: "call", op, args });

/** From the nearer end, as PyTorch: a + w (b - a) if w < 1/2, else b + (w - 1) (b - a). */
function writeOutLerp(expr: Expr, known: ReadonlyMap<string, Scalar>, dtype: Dtype): Expr {
  if (expr.kind !== "call") return expr;
  const args = expr.args.map((arg) => writeOutLerp(arg, known, dtype));
  if (expr.op !== "lerp") return { ...expr, args };
  const [a, b, weight] = args as [Expr, Expr, Expr];
  const value = Number(evaluate(weight, known));
  const rounded = dtype === "float32" ? Math.fround(value) : value;
  if (!(Math.abs(rounded) >= 0.5)) return call("+", a, call("*", weight, call("-", b, a)));
  const w = dtype === "float32" ? call("float32", weight) : weight;
  const one: Expr = { kind: "number", value: 1 };
  return call("+", b, call("*", call("-", w, one), call("-", b, a)));
}

/** The options that decide which branches a program has: equal values, equal program. */
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

function namesIn(expr: Expr, names: Set<string>): void {
  if (expr.kind === "name") names.add(expr.name);
  if (expr.kind === "call") expr.args.forEach((arg) => namesIn(arg, names));
}

function mentions(
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

/** What is known inside a branch (the outermost one is the whole program). */
interface Frame {
  host: HostStatement[];
  /** Scalars that still have the value of their expression. */
  scalars: Map<string, string>;
  /** Names that got a new value in this branch. */
  assigned: Set<string>;
}

/** Moves what touches no element out of the loop. */
class Hoister {
  readonly #names: string[] = [];
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #dtype: Dtype;
  /** Names whose value may be another one when the loop runs. */
  readonly #changing: ReadonlySet<string>;
  readonly #frames: Frame[] = [];

  constructor(kinds: ReadonlyMap<string, Kind>, dtype: Dtype, changing: ReadonlySet<string>) {
    this.#kinds = kinds;
    this.#dtype = dtype;
    this.#changing = changing;
  }

  block(statements: readonly Statement[]): { host: HostStatement[]; body: Statement[] } {
    const frame: Frame = { host: [], scalars: new Map(), assigned: new Set() };
    this.#frames.push(frame);
    const body = statements.flatMap((statement) => this.#statement(statement));
    this.#frames.pop();
    for (const name of frame.assigned) this.#forget(name);
    return { host: frame.host, body };
  }

  #statement(statement: Statement): Statement[] {
    if (statement.kind === "if") return this.#choice(statement);
    const { name, value } = statement;
    if (this.#kinds.get(name) === "element") return [{ ...statement, value: this.#inLoop(value) }];
    this.#frames.at(-1)!.host.push({ kind: "assign", name, value });
    this.#forget(name);
    return [];
  }

  #choice({ condition, then, else: other, ...rest }: If): Statement[] {
    const { host } = this.#frames.at(-1)!;
    const [yes, no] = [this.block(then), this.block(other)];
    const inLoop = yes.body.length + no.body.length > 0;
    const test = inLoop ? this.#scalar(condition) : condition;
    if (yes.host.length + no.host.length > 0) {
      host.push({ kind: "if", condition, then: yes.host, else: no.host });
    }
    return inLoop ? [{ ...rest, condition: test, then: yes.body, else: no.body }] : [];
  }

  #isElement(expr: Expr): boolean {
    if (expr.kind === "name") return this.#kinds.get(expr.name) === "element";
    return expr.kind === "call" && expr.args.some((arg) => this.#isElement(arg));
  }

  /** An expression of the loop: its parts that touch no element become scalars. */
  #inLoop(expr: Expr): Expr {
    if (!this.#isElement(expr)) return this.#scalar(expr);
    if (expr.kind !== "call") return expr;
    return { ...expr, args: expr.args.map((arg) => this.#inLoop(arg)) };
  }

  #scalar(value: Expr): Expr {
    const single = this.#dtype === "float32";
    if (value.kind === "number" && (!single || Math.fround(value.value) === value.value)) {
      return value;
    }
    const direct = value.kind === "name" && (!single || value.name === "first");
    if (direct && !this.#changing.has(value.name)) return value;
    const key = JSON.stringify(value);
    const known = this.#frames.map(({ scalars }) => scalars.get(key)).find(Boolean);
    if (known !== undefined) return { kind: "name", name: known };
    const wish = value.kind === "name" ? `${value.name}${single ? "_f32" : "_now"}` : slug(value);
    const name = this.#freeName(wish);
    const frame = this.#outermost(value);
    frame.scalars.set(key, name);
    frame.host.push({ kind: "scalar", name, value });
    this.#names.push(name);
    return { kind: "name", name };
  }

  /** Outside every branch that does not set a name of the expression. */
  #outermost(value: Expr): Frame {
    const names = new Set<string>();
    namesIn(value, names);
    const sets = (frame: Frame) => [...names].some((name) => frame.assigned.has(name));
    const depth = this.#frames.findLastIndex(sets);
    return this.#frames[Math.max(depth, 0)]!;
  }

  #freeName(wish: string): string {
    const short = wish.length <= 32 && !/^\d/.test(wish) ? wish : "scalar";
    const taken = (name: string) => this.#kinds.has(name) || this.#names.includes(name);
    if (!taken(short)) return short;
    let number = 2;
    while (taken(`${short}_${number}`)) number++;
    return `${short}_${number}`;
  }

  /** A name got a new value: scalars computed from the old one are not reused. */
  #forget(name: string): void {
    this.#frames.at(-1)?.assigned.add(name);
    for (const { scalars } of this.#frames) {
      for (const key of scalars.keys()) if (key.includes(`"${name}"`)) scalars.delete(key);
    }
  }
}

const words: Record<string, string> = {
  "+": "plus",
  "-": "minus",
  "*": "times",
  "/": "over",
  "**": "to",
  "==": "is",
  "!=": "is_not",
  ">": "above",
  "<": "below",
  ">=": "at_least",
  "<=": "at_most",
};

/** A readable name for an expression: `1 - beta1` -> `one_minus_beta1`. */
function slug(expr: Expr): string {
  if (expr.kind === "name") return expr.name;
  if (expr.kind === "number") {
    return ["zero", "one", "two"][expr.value] ?? String(expr.value).replace(/\W/g, "_");
  }
  const parts = expr.args.map(slug);
  const word = words[expr.op];
  return word === undefined ? `${expr.op}_${parts.join("_")}` : parts.join(`_${word}_`);
}
