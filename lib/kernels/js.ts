/** A program as JavaScript: a function that a reader can read and a machine can run. */
import { isTest, printInfix } from "./infix.ts";
import { pow, sign } from "./operators.ts";
import type { Expr, Statement } from "./parse.ts";
import type { Dtype } from "./rule.ts";
import type { HostStatement, Program, StateUse } from "./specialise.ts";

export interface JsFunction {
  /** `function SGD(n, theta, g, ...) { ... }` */
  source: string;
  /** Names of the arguments after `n`: arrays, one-element arrays of scalar state, numbers. */
  parameters: string[];
  /** Source of the helpers that the function calls: `pow`, `sign`. Empty if it needs none. */
  prelude: string;
}

/**
 * Prints the loop of a program. What it prints is what runs on the plain JavaScript device.
 *
 * @example
 * printJs(specialise(SGD.rule)).source.split("\n")[0] // "function SGD(n, theta, g, lr) {"
 */
export function printJs(program: Program): JsFunction {
  const { rule, arrays, cells, inputs } = program;
  const parameters = [...arrays.map(({ name }) => name), ...cells.map(cellName), ...inputs];
  const element = new Set(arrays.map(({ symbol }) => symbol));
  const name = (symbol: string) => (element.has(symbol) ? `${symbol}_i` : symbol);
  const writes = countWrites(program.body);
  const load = ({ name: array, symbol }: StateUse) =>
    `${writes.has(symbol) ? "let" : "const"} ${name(symbol)} = ${array}[i];`;
  const store = ({ name: array, symbol }: StateUse) => `${array}[i] = ${name(symbol)};`;
  const loop = [
    ...arrays.map(load),
    ...printBody(program, name, writes),
    ...arrays.filter(({ written }) => written).map(store),
  ];
  const host = printHost(program);
  const text = [...host, "for (let i = 0; i < n; i++) {", ...indent(loop), "}"];
  return assemble(rule.name, ["n", ...parameters], text, parameters);
}

/**
 * Prints what comes before the loop, as a function that writes the program's scalars to an array:
 * `function SGD(scalars, lr, ...)`. Devices whose loop is not JavaScript call it once per step.
 */
export function printScalars(program: Program): JsFunction {
  const parameters = [...program.cells.map(cellName), ...program.inputs];
  const out = program.scalars.map((name, place) => `scalars[${place}] = ${name};`);
  const text = [...printHost(program), ...out];
  return assemble(program.rule.name, ["scalars", ...parameters], text, parameters);
}

function assemble(
  name: string,
  declared: string[],
  lines: string[],
  parameters: string[],
): JsFunction {
  const body = lines.join("\n");
  const math = ["fround", "sqrt", "abs", "min", "max"].filter((f) => body.includes(`${f}(`));
  const imports = math.length > 0 ? [`const { ${math.join(", ")} } = Math;`] : [];
  const helpers = [pow, sign].filter((helper) => body.includes(`${helper.name}(`));
  const source = [
    `function ${name}(${declared.join(", ")}) {`,
    ...indent([...imports, ...lines]),
    "}",
  ];
  return { source: source.join("\n"), parameters, prelude: helpers.map(String).join("\n") };
}

const compiled = new Map<string, (...args: never[]) => void>();

/** The printed function, ready to be called. The same source is compiled once. */
export function compileJs({ source, prelude }: JsFunction): (...args: never[]) => void {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const made = new Function(`"use strict";\n${prelude}\nreturn ${source}`)() as () => void;
  compiled.set(source, made);
  return made;
}

const indent = (lines: readonly string[]) => lines.map((line) => `  ${line}`);

/** Declarations, then the statements before the loop, then scalar state is written back. */
function printHost(program: Program): string[] {
  const { cells, host, dtype } = program;
  const state = new Set(cells.map(({ symbol }) => symbol));
  const later = new Set<string>();
  for (const statement of host) if (statement.kind === "if") collectNames(statement, later);
  const local = [...later].filter((name) => !state.has(name));
  const declared = new Set([...state, ...local]);
  const again = new Set(host.map(assignedName).filter((name, i, all) => all.indexOf(name) < i));
  return [
    ...cells.map((cell) => `let ${cell.symbol} = ${cellName(cell)}[0];`),
    ...(local.length > 0 ? [`let ${local.join(", ")};`] : []),
    ...host.flatMap((statement) => printHostStatement(statement, declared, state, dtype, again)),
    ...cells
      .filter(({ written }) => written)
      .map((cell) => `${cellName(cell)}[0] = ${cell.symbol};`),
  ];
}

/** The one-element array of a scalar state, which must not be called as the number in it. */
function cellName({ name, symbol }: StateUse): string {
  return name === symbol ? `${name}_state` : name;
}

const assignedName = (statement: HostStatement) =>
  statement.kind === "if" ? null : statement.name;

function collectNames(statement: HostStatement, names: Set<string>): void {
  if (statement.kind !== "if") names.add(statement.name);
  else for (const inner of [...statement.then, ...statement.else]) collectNames(inner, names);
}

function printHostStatement(
  statement: HostStatement,
  declared: Set<string>,
  state: ReadonlySet<string>,
  dtype: Dtype,
  again: ReadonlySet<string | null>,
): string[] {
  const block = (list: readonly HostStatement[]) =>
    indent(list.flatMap((inner) => printHostStatement(inner, declared, state, dtype, again)));
  if (statement.kind === "if") {
    const other = statement.else.length > 0 ? ["} else {", ...block(statement.else)] : [];
    return [`if (${js(statement.condition)}) {`, ...block(statement.then), ...other, "}"];
  }
  const { kind, name, value } = statement;
  const rounded = state.has(name) || (kind === "scalar" && dtype === "float32" && !isTest(value));
  const text = rounded ? `fround(${js(value)})` : js(value);
  if (declared.has(name)) return [`${name} = ${text};`];
  declared.add(name);
  return [`${again.has(name) ? "let" : "const"} ${name} = ${text};`];
}

function countWrites(body: readonly Statement[], counts = new Map<string, number>()) {
  for (const statement of body) {
    if (statement.kind === "assign") {
      counts.set(statement.name, (counts.get(statement.name) ?? 0) + 1);
    } else {
      countWrites(statement.then, counts);
      countWrites(statement.else, counts);
    }
  }
  return counts;
}

function printBody(
  program: Program,
  name: (symbol: string) => string,
  writes: ReadonlyMap<string, number>,
): string[] {
  const declared = new Set(program.arrays.map(({ symbol }) => symbol));
  const round = program.dtype === "float32";
  const print = (statement: Statement, inBranch: boolean): string[] => {
    if (statement.kind === "if") {
      const inner = [...countWrites([statement]).keys()].filter((found) => !declared.has(found));
      inner.forEach((found) => declared.add(found));
      const block = (list: readonly Statement[]) => list.flatMap((item) => print(item, true));
      const other = statement.else.length > 0 ? ["} else {", ...indent(block(statement.else))] : [];
      const declaration = inner.length > 0 ? [`let ${inner.join(", ")};`] : [];
      const test = js(statement.condition, name);
      return [...declaration, `if (${test}) {`, ...indent(block(statement.then)), ...other, "}"];
    }
    const text = js(statement.value, name, round);
    if (declared.has(statement.name)) return [`${name(statement.name)} = ${text};`];
    declared.add(statement.name);
    const keyword = writes.get(statement.name) === 1 && !inBranch ? "const" : "let";
    return [`${keyword} ${statement.name} = ${text};`];
  };
  return program.body.flatMap((statement) => print(statement, false));
}

/** An expression; with `round`, every operation that is not exact is rounded to float32. */
function js(expr: Expr, name = (symbol: string) => symbol, round = false): string {
  return printInfix(expr, {
    name,
    number: String,
    spell: (op, { js = op }) => js,
    choose: (condition, a, b) => ({ text: `${condition} ? ${a} : ${b}`, strength: 0.5 }),
    ...(round && { round: (text: string) => `fround(${text})` }),
  });
}
