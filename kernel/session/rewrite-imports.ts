import type * as acorn from "acorn";

type Importing =
  acorn.ImportDeclaration | acorn.ExportAllDeclaration | acorn.ExportNamedDeclaration;

/**
 * One static import as a statement of a script:
 * `import d, { a as b } from "m"` becomes `let { default: d, a: b } = await cell.import("m", ...)`.
 * The names asked for travel along, so that a missing one is an error as in a module; those that
 * the cell does not use as values (see `used`) may be types, and travel by themselves.
 */
export function importCall(node: Importing, cell: string, used: ReadonlySet<string>): string {
  const names = importedNames(node);
  const values = names.filter(({ local }) => local === undefined || used.has(local));
  const others = names.filter((each) => !values.includes(each));
  const parts = [
    node.source!.value,
    attributesOf(node),
    values.map(imported),
    others.map(imported),
  ];
  const call = `await ${cell}.import(${parts.map((part) => JSON.stringify(part)).join(", ")})`;
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

interface ImportedName {
  imported: string;
  /** What the cell calls it; absent where it only passes it on. */
  local?: string;
}

const imported = (name: ImportedName): string => name.imported;

function importedNames(node: Importing): ImportedName[] {
  if (node.type === "ExportAllDeclaration") return [];
  return (node.specifiers as acorn.AnyNode[]).flatMap((each) => {
    if (each.type === "ImportSpecifier") {
      return [{ imported: nameOf(each.imported), local: each.local.name }];
    }
    if (each.type === "ImportDefaultSpecifier") return [{ imported: "default" }];
    if (each.type === "ExportSpecifier") return [{ imported: nameOf(each.local) }];
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
