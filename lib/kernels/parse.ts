/** Text of a rule -> tree. */
import { checkName } from "./names.ts";
import { functionNames, operators } from "./operators.ts";
import { unknown } from "./unknown.ts";

export type Expr =
  | { kind: "number"; value: number }
  | { kind: "name"; name: string }
  | { kind: "call"; op: string; args: readonly Expr[] };

export interface Assign {
  kind: "assign";
  name: string;
  value: Expr;
  line: number;
}

export interface If {
  kind: "if";
  condition: Expr;
  then: readonly Statement[];
  else: readonly Statement[];
  line: number;
}

export type Statement = Assign | If;

const TOKEN = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(\*\*|[<>=!]=|[-+*/()<>,:=]))/y;
interface Line {
  number: number;
  indent: number;
  tokens: string[];
}

/**
 * Reads the text of a rule. Throws a SyntaxError that names the line.
 *
 * @example
 * parse("theta = theta - lr * g")[0].name // "theta"
 */
export function parse(text: string): Statement[] {
  const lines = text.split("\n").flatMap((line, i) => tokenize(line, i + 1));
  const statements = block(lines, lines[0]?.indent ?? 0);
  if (lines.length > 0) throw fail(lines[0]!, "indentation fits no line above");
  return statements;
}

function tokenize(source: string, number: number): Line[] {
  const code = source.replace(/#.*/, "").trimEnd();
  const line: Line = { number, indent: code.search(/\S/), tokens: [] };
  if (line.indent < 0) return [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < code.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(code);
    if (match === null) throw fail(line, `unexpected character: "${code.slice(from).trim()[0]}"`);
    line.tokens.push(match[1] ?? match[2] ?? match[3]!);
  }
  return [line];
}

function fail(line: Line, message: string): SyntaxError {
  return new SyntaxError(`${message} (line ${line.number})`);
}

/** The lines of one indentation. Lines that were read are removed from the list. */
function block(lines: Line[], indent: number): Statement[] {
  const statements: Statement[] = [];
  while (lines[0]?.indent === indent) statements.push(statement(lines, lines.shift()!));
  return statements;
}

function statement(lines: Line[], line: Line): Statement {
  const { tokens, number } = line;
  if (tokens[0] !== "if") return assign(line);
  tokens.shift();
  const condition = expression(line, 0);
  const then = branch(lines, line);
  const other = lines[0];
  if (other?.tokens[0] !== "else" || other.indent !== line.indent) {
    return { kind: "if", condition, then, else: [], line: number };
  }
  lines.shift();
  other.tokens.shift();
  return { kind: "if", condition, then, else: branch(lines, other), line: number };
}

/** What follows a colon: the rest of the line, or the deeper lines below it. */
function branch(lines: Line[], line: Line): Statement[] {
  expect(line, ":");
  if (line.tokens.length > 0) return [assign(line)];
  const next = lines[0];
  if (next === undefined || next.indent <= line.indent) {
    throw fail(line, "nothing follows the colon: indent the lines that belong to it");
  }
  return block(lines, next.indent);
}

function assign(line: Line): Assign {
  const name = line.tokens.shift()!;
  if (!/^[A-Za-z_]/.test(name) || name === "else") {
    throw fail(line, `unexpected: "${name}". A line is "name = expression" or "if condition:"`);
  }
  checkName("name", name, ` (line ${line.number})`);
  expect(line, "=");
  const value = expression(line, 0);
  if (line.tokens.length > 0) throw fail(line, `unexpected: "${line.tokens[0]}"`);
  return { kind: "assign", name, value, line: line.number };
}

function expect(line: Line, token: string): void {
  const found = line.tokens.shift();
  if (found !== token) throw fail(line, `expected "${token}", found ${quote(found)}`);
}

const quote = (token: string | undefined) => (token === undefined ? "the end" : `"${token}"`);

/** An expression whose operators bind more strongly than `strength`. */
function expression(line: Line, strength: number): Expr {
  const { tokens } = line;
  let left = operand(line);
  for (;;) {
    const op = tokens[0] ?? "";
    if (op === "**") {
      tokens.shift();
      left = {
        kind: "call",
        op,
        args: [left, expression(line, operators.get("neg")!.precedence!)],
      };
      continue;
    }
    const { precedence = 0, arity } = operators.get(op) ?? { arity: 0 };
    if (arity !== 2 || precedence <= strength) return left;
    tokens.shift();
    left = { kind: "call", op, args: [left, expression(line, precedence)] };
  }
}

function operand(line: Line): Expr {
  const token = line.tokens.shift();
  if (token === "-" || token === "not") {
    const op = token === "-" ? "neg" : "not";
    return { kind: "call", op, args: [expression(line, operators.get(op)!.precedence!)] };
  }
  if (token === "(") {
    const inner = expression(line, 0);
    expect(line, ")");
    return inner;
  }
  if (token !== undefined && /^[\d.]/.test(token)) {
    const value = Number(token);
    if (Number.isFinite(value)) return { kind: "number", value };
    throw fail(line, `number: ${token} is infinite. The largest is ${Number.MAX_VALUE}`);
  }
  if (token === undefined || !/^[A-Za-z_]/.test(token)) {
    throw fail(line, `expected a value, found ${quote(token)}`);
  }
  if (line.tokens[0] !== "(") return { kind: "name", name: token };
  return { kind: "call", op: token, args: callArguments(line, token) };
}

function callArguments(line: Line, name: string): Expr[] {
  const args: Expr[] = [];
  do {
    line.tokens.shift();
    args.push(expression(line, 0));
  } while (line.tokens[0] === ",");
  expect(line, ")");
  const arity = functionNames.includes(name) ? operators.get(name)!.arity : undefined;
  if (arity === undefined) {
    throw new SyntaxError(unknown("function", name, functionNames, ` (line ${line.number})`));
  }
  if (arity !== args.length) {
    throw fail(line, `arguments of ${name}: ${args.length}. It takes ${arity}`);
  }
  return args;
}
