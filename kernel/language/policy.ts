import process from "node:process";
import { parse } from "acorn";

/**
 * Which cells are checked before they run. Plain JavaScript is never nagged: until a cell of the
 * session says something that only TypeScript can say, nothing is checked.
 */
export class CheckPolicy {
  readonly #off = process.env.DOWNHILL_TYPECHECK === "off";
  #typescript = false;

  checks(source: string): boolean {
    this.#typescript ||= !isJavaScript(source);
    return this.#typescript && !this.#off && !/^\s*\/\/\s*@ts-nocheck\b/.test(source);
  }
}

function isJavaScript(source: string): boolean {
  try {
    parse(source, { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true });
    return true;
  } catch {
    return false;
  }
}
