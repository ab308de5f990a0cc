import process from "node:process";

/** What a check reports: a test of TypeScript's error codes. */
export type Reported = (code: number) => boolean;

/** "Module ... has no exported member ...", with and without a suggestion. */
const NO_SUCH_EXPORT = new Set([2305, 2614, 2724]);

/**
 * Which cells are checked before they run. Plain JavaScript is never nagged: until a cell of the
 * session says something that only TypeScript can say, nothing is checked but the names that it
 * imports. Of those only the checker can tell a type, which is nothing at run time, from a mistake.
 */
export class CheckPolicy {
  readonly off = process.env.DOWNHILL_TYPECHECK === "off";
  #typescript = false;

  /** Whether cells are checked from now on. */
  get checks(): boolean {
    return this.#typescript && !this.off;
  }

  /** `typescript`: whether the cell says such a thing. Undefined: the cell is not checked. */
  reports(source: string, typescript: boolean): Reported | undefined {
    this.#typescript ||= typescript;
    if (this.off || /^\s*\/\/\s*@ts-nocheck\b/.test(source)) return undefined;
    if (this.#typescript) return () => true;
    return /\bimport\b[^;]*\{/.test(source) ? (code) => NO_SUCH_EXPORT.has(code) : undefined;
  }
}
