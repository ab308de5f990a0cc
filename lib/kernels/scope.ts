/** Which names a rule's text may use, and which of them differ from element to element. */
import { checkNames, printedNames } from "./names.ts";
import { type Expr, parse, type Statement } from "./parse.ts";
import { type Rule, settings } from "./rule.ts";
import { unknown } from "./unknown.ts";

/** `host`: one number (or switch) per step. `element`: one number per element. */
export type Kind = "host" | "element";

export interface Checked {
  statements: readonly Statement[];
  kinds: ReadonlyMap<string, Kind>;
}

const checkedRules = new WeakMap<Rule, Checked>();

/** Parses a rule's text and checks every name in it. Throws a SyntaxError that names the line. */
export function check(rule: Rule): Checked {
  const known = checkedRules.get(rule);
  if (known !== undefined) return known;
  checkNames(rule);
  const statements = parse(rule.text);
  const kinds = givenNames(rule);
  const given = new Set(Object.keys(settings(rule)).concat("first"));
  checkBlock(statements, kinds, given);
  const printed = printedNames(rule);
  for (const name of kinds.keys()) {
    const other = printed.get(name);
    if (other === undefined) continue;
    throw new SyntaxError(`name: "${name}" is ${other} in the loops. Choose another name`);
  }
  const checked = { statements, kinds };
  checkedRules.set(rule, checked);
  return checked;
}

function givenNames(rule: Rule): Map<string, Kind> {
  const kinds = new Map<string, Kind>([
    ["theta", "element"],
    ["g", "element"],
    ["first", "host"],
  ]);
  for (const name of Object.keys(settings(rule))) kinds.set(name, "host");
  for (const { symbol, scalar } of Object.values(rule.state)) {
    kinds.set(symbol, scalar ? "host" : "element");
  }
  return kinds;
}

function checkBlock(
  statements: readonly Statement[],
  kinds: Map<string, Kind>,
  given: ReadonlySet<string>,
): void {
  for (const statement of statements) {
    const at = `(line ${statement.line})`;
    if (statement.kind === "if") {
      if (kindOf(statement.condition, kinds, at) === "element") {
        throw new SyntaxError(
          `condition: it looks at elements ${at}. Use where(condition, a, b) for each element`,
        );
      }
      checkBlock(statement.then, kinds, given);
      checkBlock(statement.else, kinds, given);
      continue;
    }
    const { name } = statement;
    if (given.has(name)) {
      throw new SyntaxError(`option: "${name}" cannot be assigned ${at}. Choose another name`);
    }
    const kind = kindOf(statement.value, kinds, at);
    const before = kinds.get(name);
    if (before === "host" && kind === "element") {
      throw new SyntaxError(
        `name: "${name}" stands for one number, but here for one per element ${at}. ` +
          "Choose another name",
      );
    }
    kinds.set(name, before ?? kind);
  }
}

/** Whether an expression touches an element; checks its names on the way. */
function kindOf(expr: Expr, kinds: ReadonlyMap<string, Kind>, at: string): Kind {
  if (expr.kind === "number") return "host";
  if (expr.kind === "name") {
    const kind = kinds.get(expr.name);
    if (kind === undefined)
      throw new SyntaxError(unknown("name", expr.name, [...kinds.keys()], ` ${at}`));
    return kind;
  }
  const found = expr.args.map((arg) => kindOf(arg, kinds, at));
  if (!found.includes("element")) return "host";
  if (expr.op === "**") {
    throw new SyntaxError(`power: of an element ${at}. Write a product, or sqrt(x)`);
  }
  if (expr.op === "float32") {
    throw new SyntaxError(`float32: of an element ${at}. Elements have the parameter's own type`);
  }
  if (expr.op === "lerp" && found[2] === "element") {
    throw new SyntaxError(`lerp: the weight touches an element ${at}. Write a + w * (b - a)`);
  }
  return "element";
}
