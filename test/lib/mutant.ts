import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { fromRoot } from "../../root.ts";

/** Where the text of a compiled module of lib/ can be imported from. */
function url(module: string, change: (text: string) => string): string {
  const path = fromRoot("dist", "lib", module.replace(/\.ts$/, ".js"));
  const base = pathToFileURL(path);
  const text = change(readFileSync(path, "utf8"))
    .replace(/from "(\.[^"]+)"/g, (_, target: string) => `from "${new URL(target, base).href}"`)
    .replace(/^\/\/# sourceMappingURL.*$/m, "");
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

function exchange(text: string, from: string, to: string): string {
  assert.is(text.split(from).length, 2, `exactly one place has: ${from}`);
  return text.replace(from, () => to);
}

/**
 * A module of lib/ with one piece of its compiled text exchanged, or with one of its imports so
 * changed: what a recorded trajectory must notice. The rest of the library stays the real one.
 */
export async function mutant<T>(
  module: string,
  from: string,
  to: string,
  imported?: string,
): Promise<T> {
  const changed = (text: string) =>
    imported === undefined
      ? exchange(text, from, to)
      : exchange(text, `"${imported.replace(/\.ts$/, ".js")}"`, `"${part}"`);
  const part = imported && url(join(dirname(module), imported), (text) => exchange(text, from, to));
  return (await import(url(module, changed))) as T;
}
