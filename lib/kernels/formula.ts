/** The update as formula, for given options; and whole, as an algorithm. */
import { evaluate } from "./evaluate.ts";
import type { Expr, Statement } from "./parse.ts";
import { forgetAssigned, learn } from "./prune.ts";
import {
  type Options,
  type OptionValue,
  type Rule,
  type Scalar,
  settings,
  type StateSpec,
} from "./rule.ts";
import { check } from "./scope.ts";
import { symbolOf, TexWriter } from "./tex.ts";

/**
 * The update as TeX, reduced to the branches that the options take (defaults where absent). Options
 * that are 0 are left out. Typesets in KaTeX and MathJax.
 *
 * @example
 * printFormula(SGD.rule) // "\\theta_t \\leftarrow \\theta_{t-1} - \\eta g_t"
 */
export function printFormula(rule: Rule, options: Options = {}): string {
  const writer = new TexWriter(rule);
  const values = settings(rule, options);
  const zero = new Set(Object.keys(values).filter((name) => values[name] === 0));
  const lines: string[] = [];
  const visit = (list: readonly Statement[], known: Map<string, Scalar>, when: string): void => {
    for (const statement of list) {
      if (statement.kind === "assign") {
        learn(known, statement.name, evaluate(statement.value, known));
        const simple = withoutZeros(statement.value, zero);
        if (simple.kind === "name" && simple.name === statement.name) continue;
        const line = writer.assignment(statement.name, simple);
        if (line !== null) lines.push(`${line.target} &\\leftarrow ${line.value}${when}`);
        continue;
      }
      const decided = evaluate(statement.condition, known);
      if (decided !== undefined) visit(decided ? statement.then : statement.else, known, when);
      else {
        const test = writer.expression(statement.condition);
        const side = (words: string) => `${when} && \\text{${words}`;
        writer.branches(
          () => visit(statement.then, new Map(known), `${side("if }")} ${test}`),
          () => visit(statement.else, new Map(known), side("otherwise}")),
        );
        forgetAssigned(known, [...statement.then, ...statement.else]);
      }
    }
  };
  visit(check(rule).statements, new Map<string, Scalar>(Object.entries(values)), "");
  if (lines.length === 1) return lines[0]!.replace("&", "");
  return `\\begin{aligned}\n${lines.join(" \\\\\n")}\n\\end{aligned}`;
}

/** The same expression where terms and factors that an option of 0 removes are left out. */
function withoutZeros(expr: Expr, zero: ReadonlySet<string>): Expr {
  if (expr.kind === "name" && zero.has(expr.name)) return { kind: "number", value: 0 };
  if (expr.kind !== "call") return expr;
  const args = expr.args.map((arg) => withoutZeros(arg, zero));
  const [a, b] = args as [Expr, Expr];
  const is = (arg: Expr, value: number) => arg.kind === "number" && arg.value === value;
  if (expr.op === "*") {
    if (is(a, 0) || is(b, 0)) return { kind: "number", value: 0 };
    if (is(a, 1)) return b;
    if (is(b, 1)) return a;
  }
  if (expr.op === "/" && (is(a, 0) || is(b, 1))) return a;
  if ((expr.op === "+" || expr.op === "-") && is(b, 0)) return a;
  if (expr.op === "+" && is(a, 0)) return b;
  return { ...expr, args };
}

/**
 * The whole algorithm with all its branches as TeX, laid out as in PyTorch's documentation.
 *
 * @example
 * printPseudocode(SGD.rule).includes("\\textbf{if } \\mu \\neq 0") // true
 */
export function printPseudocode(rule: Rule): string {
  const writer = new TexWriter(rule);
  const lines: string[] = [];
  const write = (depth: number, text: string) => lines.push("\\quad ".repeat(depth) + text);
  const visit = (list: readonly Statement[], depth: number): void => {
    for (const statement of list) {
      if (statement.kind === "assign") {
        const line = writer.assignment(statement.name, statement.value);
        if (line !== null) write(depth, `${line.target} \\leftarrow ${line.value}`);
        continue;
      }
      // After a branch that may not be taken, theta_t would mean two things.
      const sets = (branch: readonly Statement[]) => assigns(branch, "theta");
      if (sets(statement.then) !== sets(statement.else) && !writer.isFresh("theta")) {
        const copy = writer.assignment("theta", { kind: "name", name: "theta" })!;
        write(depth, `${copy.target} \\leftarrow ${copy.value}`);
      }
      write(depth, `\\textbf{if } ${writer.expression(statement.condition)}`);
      writer.branches(
        () => visit(statement.then, depth + 1),
        () => {
          if (statement.else.length > 0) write(depth, "\\textbf{else}");
          visit(statement.else, depth + 1);
        },
      );
    }
  };
  write(0, `\\textbf{input: } ${inputs(rule)}`);
  const starts = initial(rule);
  if (starts.length > 0) write(0, `\\textbf{initialize: } ${starts.join(",\\; ")}`);
  write(0, "\\textbf{for } t = 1, 2, \\ldots \\textbf{ do}");
  write(1, "g_t \\leftarrow \\nabla_\\theta f_t(\\theta_{t-1})");
  visit(check(rule).statements, 1);
  write(0, "\\textbf{return } \\theta_t");
  return `\\begin{array}{l}\n\\hline\n${lines.join(" \\\\\n")} \\\\\n\\hline\n\\end{array}`;
}

function assigns(list: readonly Statement[], name: string): boolean {
  return list.some((statement) =>
    statement.kind === "assign"
      ? statement.name === name
      : assigns(statement.then, name) || assigns(statement.else, name),
  );
}

/** The same algorithm as plain text: the rule as it was written, with its options and state. */
export function printPlainPseudocode(rule: Rule): string {
  const options = usedOptions(rule).map((name) => `${name} = ${show(rule.defaults[name]!)}`);
  const state = startingState(rule).map(([name, { symbol, start = 0 }]) =>
    name === symbol ? `${name} = ${start}` : `${symbol} (${name}) = ${start}`,
  );
  const lines = rule.text.split("\n").filter((line) => line.trim() !== "");
  const margin = Math.min(...lines.map((line) => line.search(/\S/)));
  return [
    `${rule.name}: ${options.join(", ")}`,
    ...(state.length > 0 ? [`start: ${state.join(", ")}`] : []),
    "at each step, with the gradient g at theta:",
    ...lines.map((line) => `    ${line.slice(margin)}`),
  ].join("\n");
}

const show = (value: OptionValue) => (Array.isArray(value) ? `(${value.join(", ")})` : `${value}`);

/** The options that the text mentions, by themselves or by their parts. */
function usedOptions(rule: Rule): string[] {
  const mentioned = new Set(rule.text.match(/\w+/g));
  const starts = Object.values(rule.state).map(({ start }) => start);
  return Object.keys(rule.defaults).filter((name) =>
    (rule.parts?.[name] ?? [name]).some((part) => mentioned.has(part) || starts.includes(part)),
  );
}

function inputs(rule: Rule): string {
  const given = usedOptions(rule).map((name) => {
    const symbols = (rule.parts?.[name] ?? [name]).map((part) => symbolOf(rule, part));
    const symbol = symbols.join(", ");
    const spelled = `\\mathit{${name.replace(/_/g, "\\_")}}`;
    return symbol === spelled ? symbol : `${symbol}\\,(\\text{${name.replace(/_/g, " ")}})`;
  });
  const items = [...given, "\\theta_0\\,(\\text{params})", "f(\\theta)\\,(\\text{objective})"];
  const rows: string[] = [];
  for (let i = 0; i < items.length; i += 4) rows.push(items.slice(i, i + 4).join(",\\; "));
  return rows.join(", \\\\\n\\quad ");
}

/** The state whose value before the first step matters; `if first: b = g` needs none of `b`. */
function startingState(rule: Rule): [string, StateSpec][] {
  const inFirstStep = (statement: Statement) =>
    statement.kind === "if" &&
    statement.condition.kind === "name" &&
    statement.condition.name === "first";
  const setAtFirst = (list: readonly Statement[], name: string): boolean =>
    list.some(
      (statement) =>
        statement.kind === "if" &&
        (inFirstStep(statement)
          ? assigns(statement.then, name)
          : setAtFirst([...statement.then, ...statement.else], name)),
    );
  const { statements } = check(rule);
  return Object.entries(rule.state).filter(([, { symbol }]) => !setAtFirst(statements, symbol));
}

function initial(rule: Rule): string[] {
  return startingState(rule)
    .filter(([, { symbol }]) => symbol !== "t")
    .map(([, { symbol, start = 0 }]) => {
      const value = typeof start === "string" ? symbolOf(rule, start) : start;
      return `${symbolOf(rule, symbol)}_0 \\leftarrow ${value}`;
    });
}
