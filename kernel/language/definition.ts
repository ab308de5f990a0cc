import { readFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type * as acorn from "acorn";
import type { CurrentCell } from "../language.ts";
import { VIRTUAL } from "./documents.ts";
import type { Position, Range } from "./positions.ts";

/** Where a name comes from; `place` is absent for what a cell declares. */
export interface Definition {
  source: string;
  place?: string;
}

interface LocationLink {
  targetUri: string;
  targetRange: Range;
  targetSelectionRange: Range;
}

const MAX_LINES = 200;

/** The text that defines what stands at the cursor. */
export async function definitionAt(
  { server, uri, offset }: CurrentCell,
  at: Position,
): Promise<Definition | undefined> {
  const [link] =
    (await server.request<LocationLink[] | null>("textDocument/definition", {
      textDocument: { uri },
      position: { line: at.line + offset, character: at.character },
    })) ?? [];
  if (link === undefined) return undefined;
  const file = fileURLToPath(link.targetUri);
  const text = server.text(link.targetUri) ?? textOf(file);
  if (text === undefined) return undefined;
  if (VIRTUAL.test(file)) return { source: cut(slice(text, link.targetRange)) };
  const { start } = link.targetRange;
  const name = slice(text, link.targetSelectionRange);
  const implementation = await implementationOf(file, name);
  const path = relative(process.cwd(), implementation?.file ?? file);
  return {
    source: cut(implementation?.source ?? slice(text, link.targetRange)),
    place: `${path}:${implementation?.line ?? start.line + 1}`,
  };
}

/** What a declaration file declares, as the JavaScript beside it says it. */
async function implementationOf(
  file: string,
  name: string,
): Promise<{ file: string; line: number; source: string } | undefined> {
  const [, stem, kind] = /^(.*)\.d\.([mc]?)ts$/.exec(file) ?? [];
  const js = `${stem}.${kind}js`;
  const text = stem === undefined ? undefined : textOf(js);
  if (text === undefined) return undefined;
  // Loaded here and not with the kernel, which starts sooner so.
  const { parse } = await import("acorn");
  try {
    const { body } = parse(text, { ecmaVersion: "latest", sourceType: "module", locations: true });
    const node = body.find((each) => declares(each, name));
    if (node === undefined) return undefined;
    return { file: js, line: node.loc!.start.line, source: text.slice(node.start, node.end) };
  } catch {
    return undefined;
  }
}

function declares(node: acorn.Statement | acorn.ModuleDeclaration, name: string): boolean {
  const inner = node.type === "ExportNamedDeclaration" ? (node.declaration ?? node) : node;
  if (inner.type === "VariableDeclaration") {
    return inner.declarations.some(({ id }) => id.type === "Identifier" && id.name === name);
  }
  return "id" in inner && inner.id?.type === "Identifier" && inner.id.name === name;
}

function slice(text: string, { start, end }: Range): string {
  const lines = text.split("\n").slice(start.line, end.line + 1);
  const last = lines.length - 1;
  lines[last] = lines[last]!.slice(0, end.character);
  lines[0] = lines[0]!.slice(start.character);
  return lines.join("\n");
}

function cut(source: string): string {
  const lines = source.split("\n");
  const more = lines.length - MAX_LINES;
  if (more <= 0) return source;
  return [...lines.slice(0, MAX_LINES), `// ... ${more} more lines`].join("\n");
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
