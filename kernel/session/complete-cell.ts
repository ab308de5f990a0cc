import { helpRequest } from "./help.ts";
import { CellSyntaxError, transpile } from "./transform.ts";

export type Completeness =
  { status: "complete" | "invalid" } | { status: "incomplete"; indent: string };

const INDENT = "  ";

/** What the parser says when a cell only lacks its end. */
const UNFINISHED = /end of file|terminate multi-line comment/;

/** Whether Enter in a console should run the cell or begin a new line, and how far indented. */
export async function isComplete(source: string): Promise<Completeness> {
  if (helpRequest(source)) return { status: "complete" };
  const error = await parseError(source);
  if (error === undefined) return { status: "complete" };
  const unfinished = UNFINISHED.test(error) || (await isOpenTemplate(source, error));
  return unfinished ? { status: "incomplete", indent: indentAfter(source) } : { status: "invalid" };
}

async function parseError(source: string): Promise<string | undefined> {
  try {
    await transpile(source, "In[?]");
  } catch (error) {
    if (error instanceof CellSyntaxError) return error.message;
    throw error;
  }
}

/** The parser has one message for quotes, which end with their line, and for open templates. */
async function isOpenTemplate(source: string, error: string): Promise<boolean> {
  const open = "Unterminated string literal";
  return error === open && (await parseError(`${source}\``)) !== open;
}

/** The last line's indentation, one step more after an opening bracket or an arrow. */
function indentAfter(source: string): string {
  const line = source.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^[ \t]*/.exec(line)![0];
  return /([([{]|=>|\$\{)\s*$/.test(line) ? indent + INDENT : indent;
}
