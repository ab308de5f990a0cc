import { readFileSync, statSync } from "node:fs";
import type { LoadHook, ResolveHook } from "node:module";
import { createHash } from "node:crypto";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

/**
 * Module hooks, on the thread where Node runs them: local TypeScript is transpiled, and a local
 * file that has changed since its last import is a new module. Packages are left alone.
 */
const EXTENSIONS = [".ts", ".mts", ".tsx", ".js", ".mjs", ".json"];

export const resolve: ResolveHook = async (specifier, context, next) => {
  const { url, ...rest } = await resolveWithExtension(specifier, context, next);
  if (!isLocal(url)) return { url, ...rest };
  const versioned = `${url}?v=${version(fileURLToPath(url))}`;
  const json = url.endsWith(".json") ? { importAttributes: { type: "json" } } : {};
  return { ...rest, url: versioned, ...json };
};

export const load: LoadHook = async (url, context, next) => {
  const file = url.startsWith("file:") ? fileURLToPath(url) : "";
  if (!/\.([mc]?ts|tsx)$/.test(file)) return next(url, context);
  const commonjs = file.endsWith(".cts");
  const { code } = await transform(readFileSync(file, "utf8"), {
    loader: file.endsWith("x") ? "tsx" : "ts",
    format: commonjs ? "cjs" : "esm",
    target: "node20",
    sourcefile: file,
    sourcemap: "inline",
    logLevel: "silent",
  });
  return { format: commonjs ? "commonjs" : "module", source: code, shortCircuit: true };
};

/** `./util` and `./util.js` may both mean `./util.ts`, as for TypeScript. */
const resolveWithExtension: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!/^(\.{0,2}\/|file:)/.test(specifier)) throw error;
    const stem = specifier.replace(/\.js$/, "");
    for (const ending of [...EXTENSIONS, ...EXTENSIONS.map((each) => `/index${each}`)]) {
      try {
        return await next(stem + ending, context);
      } catch {
        continue;
      }
    }
    throw error;
  }
};

function isLocal(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/") && !url.startsWith(PACKAGE);
}

/** This package's own compiled code. */
const PACKAGE = new URL("../..", import.meta.url).href;

/** Changes when the file or a local file that it imports changes. */
function version(file: string): string {
  const hash = createHash("sha1");
  for (const each of closure(file)) hash.update(stamp(each));
  return hash.digest("hex").slice(0, 12);
}

function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!EXTENSIONS.includes(extname(file)) || file.endsWith(".json")) return seen;
  for (const specifier of localImports(file)) {
    const path = join(dirname(file), specifier);
    const found = [path, ...EXTENSIONS.map((each) => path.replace(/\.js$/, "") + each)].find(
      (each) => stamp(each) !== "",
    );
    if (found) closure(found, seen);
  }
  return seen;
}

function localImports(file: string): string[] {
  try {
    const source = readFileSync(file, "utf8");
    const found = source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g);
    return [...found].map((match) => match[1]!);
  } catch {
    return [];
  }
}

/** What tells one state of a file from another; empty where there is no file. */
function stamp(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? `${file} ${stat.mtimeMs} ${stat.size}` : "";
}
