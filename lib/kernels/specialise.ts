/**
 * A rule for given options: branches that the options decide are gone, and what touches no element
 * is computed before the loop. The result is what the printers of loops and kernels read.
 */
import type { Assign, Expr, If, Statement } from "./parse.ts";
import { printedNames } from "./names.ts";
import { decide, mentions, namesIn } from "./prune.ts";
import { type Dtype, type Options, type Rule, settings } from "./rule.ts";
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
  const { key, statements } = decide(rule, settings(rule, options), dtype);
  let known = programs.get(rule);
  if (known === undefined) programs.set(rule, (known = new Map()));
  let program = known.get(key);
  if (program === undefined) known.set(key, (program = compile(rule, statements, dtype)));
  return program;
}

/** By what was decided: options that take the same branches have one program, and one kernel. */
const programs = new WeakMap<Rule, Map<string, Program>>();

function compile(rule: Rule, pruned: readonly Statement[], dtype: Dtype): Program {
  const { kinds } = check(rule);
  const reads = new Set<string>();
  const writes = new Map<string, number>();
  mentions(pruned, reads, writes);
  const cells = Object.values(rule.state).filter(({ scalar }) => scalar);
  const changing = new Set(cells.map(({ symbol }) => symbol));
  for (const [name, times] of writes) if (times > 1) changing.add(name);
  const hoister = new Hoister(kinds, dtype, changing, printedNames(rule));
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
    inputs: ["first", ...Object.keys(settings(rule))].filter((name) => reads.has(name)),
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
  readonly #printed: ReadonlyMap<string, string>;
  readonly #frames: Frame[] = [];

  constructor(
    kinds: ReadonlyMap<string, Kind>,
    dtype: Dtype,
    changing: ReadonlySet<string>,
    printed: ReadonlyMap<string, string>,
  ) {
    this.#kinds = kinds;
    this.#printed = printed;
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
    const taken = (name: string) =>
      this.#kinds.has(name) || this.#printed.has(name) || this.#names.includes(name);
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
