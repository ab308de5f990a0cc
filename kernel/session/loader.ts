import { readFileSync, statSync } from "node:fs";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { createHash } from "node:crypto";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transform } from "esbuild";
import type { TransformFailure } from "esbuild";

/**
 * Module hooks, on the thread where Node runs them: local TypeScript is transpiled, and a local
 * file that has changed since its last import is a new module. Packages are left alone.
 */
const EXTENSIONS = [".ts", ".mts", ".tsx", ".js", ".mjs", ".json"];

export interface Folders {
  /** The notebook's. */
  folder: string;
  /** Where the modules lie that are cells, as if they lay in the notebook's folder. */
  cells: string;
}

let folders: Folders;

export const initialize: InitializeHook<Folders> = (data) => {
  folders = data;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  const parentURL = besideNotebook(context.parentURL);
  const target = cellModule(specifier, parentURL) ?? specifier;
  const { url, ...rest } = await resolveWithExtension(target, { ...context, parentURL }, next);
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
  }).catch((error: TransformFailure) => Promise.reject(syntaxError(error)));
  return { format: commonjs ? "commonjs" : "module", source: code, shortCircuit: true };
};

/** A cell imports as if it lay in the notebook's folder. */
function besideNotebook(parentURL: string | undefined): string | undefined {
  if (!parentURL?.startsWith("file:")) return parentURL;
  const file = fileURLToPath(parentURL);
  if (dirname(file) !== folders.cells) return parentURL;
  return pathToFileURL(join(folders.folder, basename(file))).href;
}

/** The cell that says it is this module. */
function cellModule(specifier: string, parentURL: string | undefined): string | undefined {
  if (!/^\.{0,2}\//.test(specifier) || !parentURL?.startsWith("file:")) return undefined;
  const target = join(dirname(fileURLToPath(parentURL)), specifier);
  if (dirname(target) !== folders.folder) return undefined;
  const stem = basename(target).replace(/\.([jt]sx?)$/, "");
  const files = [".ts", ".tsx"].map((ending) => join(folders.cells, stem + ending));
  const found = files.find((file) => stamp(file) !== "");
  return found && pathToFileURL(found).href;
}

/** `util.ts:3:7: Unexpected "="` and the line itself, instead of the transpiler's own words. */
function syntaxError({ message, errors: [first] = [] }: TransformFailure): SyntaxError {
  if (!first?.location) return new SyntaxError(message);
  const { file, line, column, lineText } = first.location;
  return new SyntaxError(`${first.text} (${file}:${line}:${column + 1})\n  ${lineText}`);
}

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
    const { folder, cells } = folders;
    const here = dirname(file);
    const paths = (here === folder || here === cells ? [cells, folder] : [here])
      .map((each) => join(each, specifier))
      .flatMap((path) => [path, ...EXTENSIONS.map((each) => path.replace(/\.js$/, "") + each)]);
    const found = paths.find((each) => stamp(each) !== "");
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
