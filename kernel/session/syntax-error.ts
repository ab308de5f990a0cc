import type { ErrorContent } from "../bridge.ts";
import { codeFrame, red } from "./code-frame.ts";
import type { CellSyntaxError } from "./transform.ts";

/** A cell that does not parse, as Jupyter shows an error. */
export function syntaxErrorContent(
  error: CellSyntaxError,
  source: string,
  cell: string,
): ErrorContent {
  const { name, message, line, column, length } = error;
  const place = `    at ${cell}:${line}:${column + 1}`;
  const frame = codeFrame(source, { line, column }, length);
  return {
    ename: name,
    evalue: `${message} (line ${line})`,
    traceback: [`${red(name)}: ${message}`, place, frame],
  };
}
