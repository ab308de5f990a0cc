import type { Position } from "./positions.ts";

export const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
export const cyan = (text: string): string => `\u001b[36m${text}\u001b[39m`;
export const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;
export const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;

const CONTEXT = 2;

/** What ends a line in JavaScript. */
export const LINE_END = /\r\n|[\n\r\u2028\u2029]/;

/** The lines around a position, the line itself marked, with a caret of `length` under it. */
export function codeFrame(source: string, at: Position, length = 1): string {
  const lines = source.split(LINE_END);
  const first = Math.max(1, at.line - CONTEXT);
  const last = Math.min(lines.length, at.line + CONTEXT);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1]!;
    const label = String(number).padStart(width);
    if (number !== at.line) {
      shown.push(dim(`  ${label} | `) + text);
      continue;
    }
    shown.push(`${red(">")} ${bold(label)} ${dim("|")} ${text}`);
    const indent = text.slice(0, at.column).replace(/[^\t]/gu, " ");
    const room = Math.max(1, Math.min(length, text.length - at.column));
    shown.push(`${dim(`  ${" ".repeat(width)} | `)}${indent}${red("^".repeat(room))}`);
  }
  return shown.join("\n");
}
