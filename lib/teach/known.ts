import { unknown } from "../kernels/index.ts";

/**
 * `table[name]`, or an error that lists the known names and suggests the nearest one:
 * `unknown quiz: "Q06.9". Known: Q06.1, Q06.2. Did you mean "Q06.1"?`
 */
export function lookup<T>(noun: string, table: Record<string, T>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name] as T;
  throw new Error(unknown(noun, name, Object.keys(table)));
}
