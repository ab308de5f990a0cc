import { CELLS } from "./documents.ts";
import type { Range } from "./positions.ts";

export interface LspDiagnostic {
  range: Range;
  severity: number;
  code: number;
  message: string;
}

/** An error in a cell; lines and characters from 0. */
export interface Diagnostic {
  range: Range;
  code: number;
  message: string;
}

/** LSP's DiagnosticSeverity: errors and warnings; hints about unused names are not shown. */
const WARNING = 2;

/**
 * Errors that do not stop a cell. An implicit `any` (7xxx) is allowed; a module that is not there
 * (2307, 2882) is reported by the import itself, which also looks where TypeScript does not.
 */
const ALLOWED = (code: number): boolean =>
  (code >= 7000 && code < 7100) || code === 2307 || code === 2882;

/** The errors that belong to the cell itself, in its own lines. */
export function blame(items: LspDiagnostic[], offset: number, source: string): Diagnostic[] {
  const lines = source.split("\n").length;
  return items
    .filter(({ severity, code }) => severity <= WARNING && !ALLOWED(code))
    .map(({ range: { start, end }, code, message }) => ({
      range: {
        start: { ...start, line: start.line - offset },
        end: { ...end, line: end.line - offset },
      },
      code,
      message: readable(message),
    }))
    .filter(({ range }) => range.start.line >= 0 && range.start.line < lines);
}

const SLOT = new RegExp(`\\b${CELLS}\\.c\\d+\\.`, "g");

/** Types without the file that they come from, be it a cell's or one of this package's. */
export function readable(text: string): string {
  return text
    .replace(/import\("[^"]*\.downhill-[^"]*"\)\./g, "")
    .replace(SLOT, "")
    .replace(/\(alias\) (?=\w)/g, "")
    .replace(/\bmodule "(?:[^"]*\/dist\/lib\/[^"]*\/)(\w+)"/g, "namespace $1");
}
