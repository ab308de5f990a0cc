import process from "node:process";
/**
 * Which cells are checked before they run. Plain JavaScript is never nagged: until a cell of the
 * session says something that only TypeScript can say, nothing is checked.
 */
export class CheckPolicy {
  readonly #off = process.env.DOWNHILL_TYPECHECK === "off";
  #typescript = false;

  /** `typescript`: whether the cell says such a thing. */
  checks(source: string, typescript: boolean): boolean {
    this.#typescript ||= typescript;
    return this.#typescript && !this.#off && !/^\s*\/\/\s*@ts-nocheck\b/.test(source);
  }
}
