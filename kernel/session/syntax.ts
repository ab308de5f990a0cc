import type * as acorn from "acorn";

/** The direct children of a node, in source order. */
export function children(node: acorn.AnyNode): acorn.AnyNode[] {
  const found: acorn.AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(item)) found.push(item);
    }
  }
  return found;
}

function isNode(value: unknown): value is acorn.AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Whether a node has `var`s and an `await` of its own. */
export function isFunction(node: acorn.Node): boolean {
  return (
    /Function/.test(node.type) || node.type === "PropertyDefinition" || node.type === "StaticBlock"
  );
}

/** The names that a declaration binds, destructuring included. */
export function declaredNames(node: acorn.VariableDeclaration): string[] {
  return node.declarations.flatMap((declaration) => boundNames(declaration.id));
}

function boundNames(pattern: acorn.Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((each) =>
        boundNames(each.type === "RestElement" ? each.argument : each.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((each) => (each ? boundNames(each) : []));
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    default:
      return [];
  }
}

/** Every name in a program that stands for a value; those that only imports mention do not. */
export function usedNames(program: acorn.Program): Set<string> {
  const names = new Set<string>();
  const visit = (node: acorn.AnyNode): void => {
    if (node.type === "ImportDeclaration") return;
    if (node.type === "Identifier") names.add(node.name);
    if (node.type === "MemberExpression" && !node.computed) return visit(node.object);
    children(node).forEach(visit);
  };
  visit(program);
  return names;
}
