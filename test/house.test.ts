/** The rules of the house that a machine can check. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot, root } from "../root.ts";

const MAX_LINES = 400;

/** Which rooms a room may import from, besides itself. Arrows point one way. */
const arrows: Record<string, string[]> = {
  "lib/autograd": [],
  "lib/kernels": ["lib/autograd"],
  "lib/optim": ["lib/kernels", "lib/autograd"],
  "lib/checkpoint": ["lib/autograd"],
  "lib/nn": ["lib/autograd", "root.ts"],
  "lib/teach": ["lib/optim", "lib/kernels", "lib/autograd", "root.ts"],
  kernel: ["root.ts"],
  lab: ["kernel/protocol", "root.ts"],
  flashcards: ["lib/teach", "lib/kernels", "root.ts"],
  notebooks: ["flashcards", "lab/server", "lib/teach", "lib/optim", "lib/kernels", "root.ts"],
};

/** The one place that names what every cell can see. */
const exceptions = new Set(["kernel/preload.ts"]);

/** Not sources: what was installed or built, some of it by another test at this moment. */
const skipped = /^(\..*|node_modules|dist|output)$/;

function filesIn(folder: string): string[] {
  return readdirSync(fromRoot(folder), { withFileTypes: true }).flatMap((entry) => {
    if (skipped.test(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function sources(): string[] {
  const rooms = ["kernel", "lab", "lib", "notebooks", "flashcards", "bench", "test", "examples"];
  return [...rooms.flatMap(filesIn), "cli.ts", "root.ts"].filter((file) =>
    /(?<!\.d)\.(ts|mjs)$/.test(file),
  );
}

const text = (file: string) => readFileSync(fromRoot(file), "utf8");

const run = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", timeout: 300_000 });

test("imports point one way", () => {
  const wrong: string[] = [];
  for (const file of sources()) {
    const room = Object.keys(arrows).find((name) => file.startsWith(`${name}/`));
    if (room === undefined || exceptions.has(file)) continue;
    for (const [, target] of text(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
      const path = relative(root, join(root, dirname(file), target ?? ""))
        .split(sep)
        .join("/");
      const allowed = [room, ...(arrows[room] ?? [])];
      if (!allowed.some((name) => path === name || path.startsWith(`${name}/`))) {
        wrong.push(`${file} -> ${path}`);
      }
    }
  }
  assert.equal(wrong, []);
});

test("files are small enough to read", () => {
  const long = sources()
    .map((file) => `${file}: ${text(file).split("\n").length} lines`)
    .filter((line) => Number(line.match(/: (\d+) lines$/)?.[1]) > MAX_LINES);
  assert.equal(long, []);
});

test("every file is formatted: npm run format", () => {
  const prettier = fromRoot("node_modules", "prettier", "bin", "prettier.cjs");
  const result = run(prettier, "--check", ".");
  assert.is(result.status, 0, result.stderr);
});

test("every test file runs its tests", () => {
  const silent = sources().filter(
    (file) => file.endsWith(".test.ts") && !/\.run\(\)/.test(text(file)),
  );
  assert.equal(silent, []);
});

const licences = new Set([
  "MIT",
  "MIT-0",
  "BSD",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "ISC",
  "Apache-2.0",
  "MPL-2.0",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "Python-2.0",
  "Unlicense",
  "CC-BY-4.0",
  "Zlib",
  "OFL-1.1",
]);

/** MIT, said in the old `licenses` field, which a lockfile does not carry. */
const mitInOldForm =
  /\/(format|compute-gcd|compute-lcm|validate\.io-(function|integer|integer-array|number))$/;

function mayUse(expression: string): boolean {
  const alternatives = expression.replace(/[()]/g, "").split(" OR ");
  return alternatives.some((all) => all.split(" AND ").every((one) => licences.has(one)));
}

test("every dependency has a licence that the project may use", () => {
  for (const file of ["package-lock.json", "lab/app/package-lock.json"]) {
    if (!existsSync(fromRoot(file))) continue;
    const lock = JSON.parse(text(file)) as { packages: Record<string, { license?: string }> };
    const wrong = Object.entries(lock.packages)
      .filter(([name]) => name !== "" && !mitInOldForm.test(name))
      .map(([name, { license = "none" }]) => ({ name, license }))
      .filter(({ license }) => !mayUse(license));
    assert.equal(wrong, [], file);
  }
});

test("the commands that the README and CONTRIBUTING name exist", () => {
  const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
  for (const file of ["README.md", "README.zh.md", "CONTRIBUTING.md"]) {
    for (const [, short, long] of text(file).matchAll(/npm (?:(start|test)\b|run ([\w:-]+))/g)) {
      const name = short ?? long ?? "";
      assert.ok(scripts[name], `${file} names npm run ${name}`);
    }
  }
});

test("the types hold", () => {
  const tsc = fromRoot("node_modules", "typescript", "bin", "tsc");
  const result = run(tsc, "--noEmit", "--incremental", "false");
  assert.is(result.status, 0, result.stdout);
});

test.run();
