import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The version of an installed package, by the package.json above its entry; throws if it is not installed. */
export function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        name?: string;
        version: string;
      };
      if (found.name === name) return found.version;
    } catch {
      // Not here: a level up.
    }
  }
  return "unknown";
}
