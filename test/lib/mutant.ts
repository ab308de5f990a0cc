import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { fromRoot } from "../../root.ts";

/**
 * A compiled module of lib/ with one piece of its text exchanged: what a recorded trajectory must
 * notice. The rest of the library stays the real one.
 */
export async function mutant<T>(module: string, from: string, to: string): Promise<T> {
  const path = fromRoot("dist", "lib", module.replace(/\.ts$/, ".js"));
  const text = readFileSync(path, "utf8");
  assert.is(text.split(from).length, 2, `${module} has this exactly once: ${from}`);
  const base = pathToFileURL(path);
  const absolute = text
    .replace(from, () => to)
    .replace(/from "(\.[^"]+)"/g, (_, target: string) => `from "${new URL(target, base).href}"`)
    .replace(/^\/\/# sourceMappingURL.*$/m, "");
  return (await import(`data:text/javascript,${encodeURIComponent(absolute)}`)) as T;
}
