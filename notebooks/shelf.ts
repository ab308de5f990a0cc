import { cpSync } from "node:fs";
import { resolve, sep } from "node:path";
import { fromRoot, root } from "../root.ts";

/**
 * The folder in which a reader opens the book. In a clone it is the clone's own; an installed
 * package must not be written into, so its reader gets a copy in the current folder, where notebooks
 * that are already there, notes and all, stay as they are.
 */
export function shelf(packageRoot = root, folder = resolve("downhill-book")): string {
  const installed = packageRoot.split(sep).includes("node_modules");
  if (!installed) return fromRoot("notebooks");
  for (const lang of ["zh", "en"]) {
    cpSync(fromRoot("notebooks", lang), resolve(folder, lang), { recursive: true, force: false });
  }
  return folder;
}
