import type { CurrentCell } from "../language.ts";
import { definitionAt } from "./definition.ts";
import { readable } from "./diagnostics.ts";
import type { Definition } from "./definition.ts";
import type { Position } from "./positions.ts";

export interface Inspection {
  markdown: string;
  plain: string;
}

interface Hover {
  contents: { value: string };
}

interface SignatureHelp {
  signatures: { label: string; documentation?: { value: string } | string }[];
  activeSignature?: number;
}

/**
 * Type and documentation of what stands at the cursor, or of the call around it; with `detail` 1
 * also the source that defines it, as IPython's `name??`.
 */
export async function inspectAt(
  cell: CurrentCell,
  at: Position,
  detail: number,
): Promise<Inspection | undefined> {
  const before = { ...at, character: Math.max(0, at.character - 1) };
  for (const place of [at, before]) {
    const found = await hover(cell, place);
    if (found === undefined) continue;
    const definition = detail > 0 ? await definitionAt(cell, place) : undefined;
    return inspection(found, definition);
  }
  const found = await signature(cell, at);
  return found === undefined ? undefined : inspection(found);
}

function inspection(hover: string, definition?: Definition): Inspection {
  const text = readable(hover).trimEnd();
  if (definition === undefined) return { markdown: `${text}\n`, plain: plainText(text) };
  const { source, place } = definition;
  const fence = "```";
  const from = place === undefined ? "" : ` (${place})`;
  return {
    markdown: `${text}\n\nSource${from}:\n\n${fence}typescript\n${source}\n${fence}\n`,
    plain: `${plainText(text)}\n\nSource${from}:\n${source}`,
  };
}

/** A namespace with what there is to say of it; anything else says it itself. */
export function described({ markdown, plain }: Inspection, about: string): Inspection {
  if (!/^(namespace|module) /.test(plain)) return { markdown, plain };
  return { markdown: `${markdown}\n${about}\n`, plain: `${plain}\n${about}` };
}

/** What hovers say of names that are not known, and where a type's name stands as if it were a value. */
export function isNothing({ plain }: Inspection): boolean {
  return plain === "any" || plain.includes("/*unresolved*/");
}

async function hover(
  { server, uri, offset }: CurrentCell,
  at: Position,
): Promise<string | undefined> {
  const position = { line: at.line + offset, character: at.character };
  const params = { textDocument: { uri }, position };
  const found = await server.request<Hover | null>("textDocument/hover", params);
  return found?.contents.value;
}

async function signature(cell: CurrentCell, at: Position): Promise<string | undefined> {
  const { server, uri, offset } = cell;
  const position = { line: at.line + offset, character: at.character };
  const help = await server.request<SignatureHelp | null>("textDocument/signatureHelp", {
    textDocument: { uri },
    position,
  });
  const chosen = help?.signatures[help.activeSignature ?? 0];
  if (chosen === undefined) return undefined;
  const { documentation = "" } = chosen;
  const text = typeof documentation === "string" ? documentation : documentation.value;
  return `\`\`\`typescript\n${chosen.label}\n\`\`\`\n${text}`;
}

/** Markdown for a terminal: without fences and emphasis. */
function plainText(markdown: string): string {
  return markdown
    .replace(/^```\w*\n?/gm, "")
    .replace(/\*(@\w+)\*/g, "$1")
    .trim();
}
