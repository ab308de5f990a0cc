import type * as acorn from "acorn";
import MagicString from "magic-string";
import { children, declaredNames, isFunction } from "./syntax.ts";

/** The globals that Node and every library rely on. */
const BUILTINS = new Set(Object.getOwnPropertyNames(globalThis));

/**
 * A cell may well say `class Promise {}` or `const URL = "..."`. Declared as they stand, such names
 * would hide the real ones from every module of the process. So once a cell has declared one, it
 * is written with an invisible letter (U+200C, allowed in identifiers) in this and later cells.
 * `shadowed` holds the names declared so far. Undefined if there is nothing to write anew.
 */
export function renameShadowed(
  js: string,
  program: acorn.Program,
  shadowed: Set<string>,
): MagicString | undefined {
  for (const name of topLevelNames(program)) if (BUILTINS.has(name)) shadowed.add(name);
  if (shadowed.size === 0) return undefined;
  const text = new MagicString(js);
  rename(program, text, shadowed);
  return text.hasChanged() ? text : undefined;
}

function rename(node: acorn.AnyNode, text: MagicString, names: Set<string>): void {
  const visit = (child: acorn.AnyNode): void => rename(child, text, names);
  switch (node.type) {
    case "Identifier":
      if (names.has(node.name)) text.appendLeft(node.end, "\u200c");
      return;
    case "MemberExpression":
      visit(node.object);
      if (node.computed) visit(node.property);
      return;
    case "Property":
      if (node.shorthand) {
        const { name } = node.key as acorn.Identifier;
        if (names.has(name)) text.appendLeft(node.start, `${name}: `);
      } else if (node.computed) visit(node.key);
      visit(node.value);
      return;
    case "MethodDefinition":
    case "PropertyDefinition":
      if (node.computed) visit(node.key);
      if (node.value) visit(node.value);
      return;
    case "LabeledStatement":
      visit(node.body);
      return;
    case "ImportSpecifier":
      if (node.imported.start !== node.local.start) return visit(node.local);
      if (names.has(node.local.name)) text.appendLeft(node.start, `${node.local.name} as `);
      visit(node.local);
      return;
    case "BreakStatement":
    case "ContinueStatement":
    case "ExportSpecifier":
    case "ImportAttribute":
    case "MetaProperty":
      return;
    default:
      children(node).forEach(visit);
  }
}

/** Everything that a module declares at its top, `var`s in blocks included. */
function topLevelNames(program: acorn.Program): string[] {
  return program.body.flatMap((node) => {
    if (node.type === "ImportDeclaration") return node.specifiers.map((each) => each.local.name);
    const exported = "declaration" in node ? node.declaration : undefined;
    const statement = (exported ?? node) as acorn.AnyNode;
    if (statement.type === "VariableDeclaration") return declaredNames(statement);
    if ("id" in statement && statement.id?.type === "Identifier") return [statement.id.name];
    return hoisted(statement);
  });
}

function hoisted(node: acorn.AnyNode): string[] {
  if (isFunction(node)) return [];
  const own = node.type === "VariableDeclaration" && node.kind === "var" ? declaredNames(node) : [];
  return [...own, ...children(node).flatMap(hoisted)];
}
