import type { ErrorContent } from "../bridge.ts";
import type { Diagnostic } from "../language/diagnostics.ts";
import { codeFrame, dim, red } from "./code-frame.ts";

const MAX_SHOWN = 5;
const REMEDY = 'The cell did not run. A first line "// @ts-nocheck" runs it unchecked.';

/** The type errors of a cell, as Jupyter shows an error. */
export function typeErrorContent(
  errors: [Diagnostic, ...Diagnostic[]],
  source: string,
  cell: string,
): ErrorContent {
  const [first] = errors;
  const traceback = errors.slice(0, MAX_SHOWN).flatMap(({ range, code, message }) => {
    const { line, character } = range.start;
    const length = range.end.line === line ? range.end.character - character : 1;
    return [
      `${red(`TS${code}`)}: ${message}`,
      `    at ${cell}:${line + 1}:${character + 1}`,
      codeFrame(source, { line: line + 1, column: character }, length),
    ];
  });
  const more = errors.length - MAX_SHOWN;
  if (more > 0) traceback.push(`and ${more} more`);
  return {
    ename: "TypeScriptError",
    evalue: `${first.message} (TS${first.code}, line ${first.range.start.line + 1})`,
    traceback: [...traceback, dim(REMEDY)],
  };
}
