import { fileURLToPath } from "node:url";
import { join } from "node:path";

/**
 * The folder that holds package.json, whether the code runs from a clone or from `node_modules`.
 * Everything runs compiled, from `dist/`, which mirrors the source tree one level down.
 */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** A path inside the package: `fromRoot("notebooks", "zh")`. */
export function fromRoot(...parts: string[]): string {
  return join(root, ...parts);
}
