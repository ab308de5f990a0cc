import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { sep } from "node:path";
import type * as esbuild from "esbuild";

const own = createRequire(import.meta.url);

/** When each local file was last changed, as of the time it was loaded. */
const loaded = new Map<string, number>();

/**
/**
 * The cell's `require`: packages from the notebook's folder, else from this one, and local files,
 * TypeScript too, which are read again when they have changed. `builtin`: modules that exist
 * nowhere but in this kernel.
 */
export function localRequire(
  require: NodeJS.Require,
  ofPackage: NodeJS.Require,
  builtin: Record<string, object>,
): NodeJS.Require {
  // Deprecated as an idea, but the one way by which every `require` reads TypeScript.
  const compile = (module: NodeModule, file: string): void => {
    // Loaded when it is needed: it takes longer than all else that a session starts with.
    const { transformSync } = own("esbuild") as typeof esbuild;
    const { code } = transformSync(readFileSync(file, "utf8"), {
      loader: "ts",
      format: "cjs",
      target: "node20",
      sourcefile: file,
      sourcemap: "inline",
      logLevel: "silent",
    });
    (module as unknown as { _compile(code: string, file: string): void })._compile(code, file);
  };
  Object.assign(require.extensions, { ".ts": compile, ".cts": compile });
  /** What is not beside the notebook may be one of the libraries that ship with this package. */
  const load = (id: string): unknown => {
    try {
      return require(id);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
      if (!missing || /^(\.{0,2}\/|[a-z]+:)/.test(id)) throw error;
      try {
        return ofPackage(id);
      } catch {
        throw error;
      }
    }
  };
  const fresh = (id: string): unknown => {
    if (Object.hasOwn(builtin, id)) return builtin[id];
    forgetChanged(require);
    const before = new Set(Object.keys(require.cache));
    const module = load(id);
    for (const file of Object.keys(require.cache)) if (!before.has(file)) remember(file);
    return module;
  };
  return Object.assign(fresh, require);
}

function forgetChanged(require: NodeJS.Require): void {
  const changed = [...loaded].some(([file, time]) => modified(file) !== time);
  if (!changed) return;
  // A module keeps what it imported, so all local ones go.
  for (const file of loaded.keys()) delete require.cache[file];
  loaded.clear();
}

function remember(file: string): void {
  if (!file.includes(`${sep}node_modules${sep}`)) loaded.set(file, modified(file));
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
