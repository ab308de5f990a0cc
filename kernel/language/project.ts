import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromRoot } from "../../root.ts";

/** Options of the user's own tsconfig.json that a cell shall follow. */
const FOLLOWED = [
  "baseUrl",
  "experimentalDecorators",
  "jsx",
  "lib",
  "noCheck",
  "paths",
  "strict",
  "types",
];

/** How tslab's compiler is set. */
const TSLAB: Options = { strict: false, experimentalDecorators: true };

/** A session that imports tslab's display functions was written for tslab. */
export function importsTslab(source: string): boolean {
  return /(?:\bfrom|\brequire\s*\(|\bimport\s*\()\s*["']tslab["']/.test(source);
}

/** What cells follow: the user's own tsconfig.json, then the kernel for which they were written. */
export function projectOptions(folder: string, tslab: boolean): Options {
  return { ...(tslab ? TSLAB : { strict: true }), ...userOptions(folder) };
}

/** The virtual tsconfig.json of the notebook's folder; it takes the place of a real one. */
export function projectConfig(folder: string, files: string[], tslab: boolean): string {
  const own = projectOptions(folder, tslab);
  const paths = {
    "downhill/*": [join(fromRoot("dist", "lib"), "*", "index.d.ts")],
    tslab: [fromRoot("dist", "kernel", "session", "tslab.d.ts")],
  };
  const compilerOptions = {
    target: "esnext",
    // As bundlers do: `import x = require("y")` beside ES modules.
    module: "preserve",
    moduleResolution: "bundler",
    moduleDetection: "force",
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    jsx: "react",
    resolveJsonModule: true,
    lib: ["esnext"],
    types: ["node"],
    typeRoots: [join(folder, "node_modules", "@types"), fromRoot("node_modules", "@types")],
    ...own,
    paths: { ...own.paths, ...paths },
  };
  return JSON.stringify({ compilerOptions, files, typeAcquisition: { enable: false } });
}

interface Options {
  paths?: Record<string, string[]>;
  [name: string]: unknown;
}

function userOptions(folder: string): Options {
  try {
    const text = readFileSync(join(folder, "tsconfig.json"), "utf8");
    const withoutComments = text.replace(/("(?:\\.|[^"\\])*")|\/\/.*|\/\*[^]*?\*\//g, "$1");
    const json = JSON.parse(withoutComments.replace(/,(\s*[\]}])/g, "$1")) as {
      compilerOptions?: Options;
    };
    const options = Object.entries(json.compilerOptions ?? {});
    return Object.fromEntries(options.filter(([name]) => FOLLOWED.includes(name)));
  } catch {
    return {};
  }
}
