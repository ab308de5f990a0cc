/**
 * After the compiler: what a kernel waits for while it starts becomes few files. `setup.mjs` runs it;
 * without it everything works, later.
 *
 * - Each module of `lib/teach/packages` with the packages that it takes from (see its README), and
 *   their licences beside them.
 * - The kernel's worker thread, which is nobody else's: 45 modules in six files, 60 ms sooner.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import type { BuildOptions, Plugin } from "esbuild";
import { fromRoot } from "./root.ts";

const COMMON = {
  absWorkingDir: fromRoot(),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "error",
} satisfies BuildOptions;

async function bundleWorker(): Promise<void> {
  const outdir = fromRoot("dist", "kernel");
  const { metafile } = await build({
    ...COMMON,
    entryPoints: [fromRoot("kernel", "io.ts")],
    outdir,
    // What the worker imports later is a file of its own.
    splitting: true,
    chunkNames: "io-[name]-[hash]",
    packages: "external",
    plugins: [rootStays],
    sourcemap: true,
    metafile: true,
  });
  const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
  for (const name of readdirSync(outdir)) {
    if (name.startsWith("io-") && !made.has(name)) rmSync(join(outdir, name));
  }
}

/** It says where the package is from where it is itself. */
const rootStays: Plugin = {
  name: "root stays",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/root\.ts$/ }, () => ({ path: "../root.js", external: true }));
  },
};

/** The licences are written last: setup.mjs compares their time with that of everything else. */
async function bundlePackages(): Promise<void> {
  const source = fromRoot("lib", "teach", "packages");
  const outdir = fromRoot("dist", "lib", "teach", "packages");
  const names = readdirSync(source).filter((name) => name.endsWith(".ts"));
  const { metafile } = await build({
    ...COMMON,
    entryPoints: names.map((name) => join(source, name)),
    outdir,
    metafile: true,
  });
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap(
      (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
    ),
  );
  writeFileSync(join(outdir, "LICENSES.txt"), [...packages].sort().map(licenceOf).join("\n"));
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(fromRoot(folder, "package.json"), "utf8"),
  ) as { name: string; version: string; license: string };
  const file = readdirSync(fromRoot(folder)).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(fromRoot(folder, file), "utf8").trim() : "";
  return `${name} ${version} (${license})\n\n${text}\n`;
}

await bundleWorker();
await bundlePackages();
