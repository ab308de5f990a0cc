import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import process from "node:process";
import vm from "node:vm";
import { root } from "../../root.ts";
import type { Folders } from "./loader.ts";
import { localRequire } from "./require.ts";
import * as tslab from "./tslab.ts";

type Importer = (specifier: string, options?: ImportCallOptions) => Promise<object>;

/** A file name that stands for "somewhere in this folder" when a module is resolved. */
const anchor = (folder: string): string => join(folder, "[cell].js");

/**
 * How a cell imports: from the notebook's folder first, then from this package, so that
 * `downhill/optim` and the libraries that ship with it can be imported from anywhere.
 */
export class Imports {
  readonly require: NodeJS.Require;
  readonly meta: { url: string; dirname: string; filename: string };
  readonly #folder: string;
  readonly #fromNotebook: Importer;
  readonly #fromPackage = importerIn(root);

  constructor(folder: string) {
    silenceLoaderWarning();
    this.#folder = folder;
    this.#fromNotebook = importerIn(folder);
    const ofPackage = createRequire(anchor(root));
    this.require = localRequire(createRequire(anchor(folder)), ofPackage, { tslab });
    const filename = anchor(folder);
    this.meta = { url: pathToFileURL(filename).href, dirname: folder, filename };
  }

  /** `names`: what a static import needs; a missing one is a SyntaxError as in a module. */
  async import(
    specifier: string,
    options: ImportCallOptions = {},
    names: string[] = [],
  ): Promise<object> {
    const here = new Error("import");
    const module = await this.#load(specifier, options).catch((error: unknown) => {
      throw located(error, specifier, here);
    });
    for (const name of names) {
      if (name in module) continue;
      throw new SyntaxError(
        `The requested module '${specifier}' does not provide an export named '${name}'`,
      );
    }
    return module;
  }

  /** A cell is the file of this name beside the notebook (see module-cell.ts). */
  readonly define = (file: string, source: string): void => {
    writeFileSync(join(cellModules(), file), source);
  };

  async #load(specifier: string, options: ImportCallOptions): Promise<object> {
    if (specifier === "tslab") return tslab;
    if (/^downhill(\/|$)/.test(specifier)) return this.#fromPackage(specifier, options);
    if (/^(\.{0,2}\/|file:)/.test(specifier))
      registerLoader({ folder: this.#folder, cells: cellModules() });
    try {
      const module = await this.#fromNotebook(specifier, options);
      return /\.json$/.test(specifier) ? withMembers(module as { default: unknown }) : module;
    } catch (error) {
      if (!isMissing(error, specifier)) throw error;
      return await this.#fromPackage(specifier, options).catch(() => Promise.reject(error));
    }
  }
}

/** TypeScript imports the members of a JSON file by name; for Node it has a default only. */
function withMembers(json: { default: unknown }): object {
  return typeof json.default === "object" ? { ...json.default, ...json } : json;
}

function importerIn(folder: string): Importer {
  const script = new vm.Script("(specifier, options) => import(specifier, options)", {
    filename: anchor(folder),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext() as Importer;
}

let modules: string | undefined;

/** Where the modules lie that cells are: not beside the notebook, whose folder is the user's. */
function cellModules(): string {
  if (modules === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "downhill-cells-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    modules = folder;
  }
  return modules;
}

let registered = false;

/** From the first local import on; the hooks cost a thread. Stacks of local files are mapped. */
function registerLoader(data: Folders): void {
  if (registered) return;
  registered = true;
  register("./loader.js", import.meta.url, { data });
  process.setSourceMapsEnabled(true);
}

/** Node 20 calls the constant below experimental; users of a cell need not hear it. */
function silenceLoaderWarning(): void {
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith("vm.USE_MAIN_CONTEXT_DEFAULT_LOADER")) {
      emitWarning(warning, ...rest);
    }
  };
}

/** The loader's own frames and the cell's made-up file say nothing; the importing line does. */
function located(error: unknown, specifier: string, here: Error): unknown {
  if (!(error instanceof Error) || !/\(node:/.test(String(error.stack))) {
    return error;
  }
  const missing = isMissing(error, specifier);
  const remedy = missing ? `. Beside the notebook: npm install ${packageOf(specifier)}` : "";
  error.message = error.message.replace(/ imported from .*\[cell\]\.js$/, remedy);
  const frames = String(here.stack).replace(/^Error: import/, "");
  error.stack = `${error.name}: ${error.message}${frames}`;
  return error;
}

/** `name/sub` and `@scope/name/sub` belong to the packages `name` and `@scope/name`. */
function packageOf(specifier: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)![0];
}

function isMissing(error: unknown, specifier: string): boolean {
  const bare = !/^(\.{0,2}\/|[a-z]+:)/.test(specifier);
  return bare && (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
}
