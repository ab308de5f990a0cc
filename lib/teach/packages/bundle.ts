/** Makes one file of each module of this folder, and collects the licences of what is in it (see README.md). */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { fromRoot } from "../../../root.ts";

const source = fromRoot("lib", "teach", "packages");
const target = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(source).filter((name) => /\.ts$/.test(name) && name !== "bundle.ts");

const { metafile } = await build({
  entryPoints: names.map((name) => join(source, name)),
  outdir: target,
  absWorkingDir: fromRoot(),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  metafile: true,
  logLevel: "error",
});

const packages = new Set(
  Object.keys(metafile.inputs).flatMap(
    (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  ),
);
writeFileSync(join(target, "LICENSES.txt"), [...packages].sort().map(licenceOf).join("\n"));

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(fromRoot(folder, "package.json"), "utf8"),
  ) as { name: string; version: string; license: string };
  const file = readdirSync(fromRoot(folder)).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(fromRoot(folder, file), "utf8").trim() : "";
  return `${name} ${version} (${license})\n\n${text}\n`;
}
