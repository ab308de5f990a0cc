import type { CurrentCell } from "../language.ts";
import { readable } from "./diagnostics.ts";
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

/** Type and documentation of what stands at the cursor, or of the call around it. */
export async function inspectAt(cell: CurrentCell, at: Position): Promise<Inspection | undefined> {
  const markdown =
    (await hover(cell, at)) ??
    (await hover(cell, { ...at, character: Math.max(0, at.character - 1) })) ??
    (await signature(cell, at));
  if (markdown === undefined) return undefined;
  const text = readable(markdown);
  return { markdown: text, plain: plainText(text) };
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
