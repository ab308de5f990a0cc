import type * as acorn from "acorn";

type Importing =
  acorn.ImportDeclaration | acorn.ExportAllDeclaration | acorn.ExportNamedDeclaration;

/**
 * One static import as a statement of a script:
 * `import d, { a as b } from "m"` becomes `let { default: d, a: b } = await cell.import("m", ...)`.
 * The names asked for travel along, so that a missing one is an error as in a module.
 */
export function importCall(node: Importing, cell: string): string {
  const names = importedNames(node);
  const source = JSON.stringify(node.source!.value);
  const attributes = JSON.stringify(attributesOf(node));
  const call = `await ${cell}.import(${source}, ${attributes}, ${JSON.stringify(names)})`;
  if (node.type !== "ImportDeclaration" || node.specifiers.length === 0) return `${call};`;
  const namespace = node.specifiers.find((each) => each.type === "ImportNamespaceSpecifier");
  if (namespace === undefined) return `let ${pattern(node)} = ${call};`;
  const { name } = namespace.local;
  const rest = node.specifiers.length > 1 ? `, ${pattern(node)} = ${name}` : "";
  return `let ${name} = ${call}${rest};`;
}

function pattern(node: acorn.ImportDeclaration): string {
  const parts = node.specifiers.flatMap((each) => {
    if (each.type === "ImportNamespaceSpecifier") return [];
    const imported = each.type === "ImportSpecifier" ? nameOf(each.imported) : "default";
    return [`${JSON.stringify(imported)}: ${each.local.name}`];
  });
  return `{ ${parts.join(", ")} }`;
}

function importedNames(node: Importing): string[] {
  if (node.type === "ExportAllDeclaration") return [];
  return (node.specifiers as acorn.AnyNode[]).flatMap((each) => {
    if (each.type === "ImportSpecifier") return [nameOf(each.imported)];
    if (each.type === "ImportDefaultSpecifier") return ["default"];
    if (each.type === "ExportSpecifier") return [nameOf(each.local)];
    return [];
  });
}

function nameOf(node: acorn.Identifier | acorn.Literal): string {
  return node.type === "Identifier" ? node.name : String(node.value);
}

function attributesOf(node: Importing): { with?: Record<string, string> } {
  const attributes = (node.attributes ?? []).map(
    ({ key, value }) => [nameOf(key), String(value.value)] as const,
  );
  return attributes.length > 0 ? { with: Object.fromEntries(attributes) } : {};
}
