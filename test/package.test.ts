/** The published package, as its user meets it: installed, without sources, without a clone. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildLab } from "../lab/build.ts";
import { fromRoot, root } from "../root.ts";

const START_LIMIT_MS = 60_000;
/** Packed, the front end is 4 MB, the book 8, the rest 2; more than this is something that crept in. */
const MAX_PACKED_MB = 16;

const test = suite<{ folder: string; installed: string; packedBytes: number }>("package");

test.before(async (context) => {
  await buildLab({ log: console.log });
  const folder = mkdtempSync(join(tmpdir(), "downhill-package-"));
  const packed = execFileSync(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", folder],
    { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 },
  );
  const [{ filename, size }] = JSON.parse(packed) as [{ filename: string; size: number }];
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "downhill"), { recursive: true });
  execFileSync("tar", ["xf", join(folder, filename), "--strip-components=1", "-C", "downhill"], {
    cwd: modules,
  });
  for (const name of readdirSync(fromRoot("node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(fromRoot("node_modules", name), join(modules, name));
  }
  Object.assign(context, { folder, installed: join(modules, "downhill"), packedBytes: size });
});

test.after(({ folder }) => rmSync(folder, { recursive: true }));

test("it is small, and holds no tests and no sources", ({ installed, packedBytes }) => {
  assert.ok(packedBytes < MAX_PACKED_MB * 1e6, `${packedBytes} bytes`);
  for (const name of ["test", "dist/test", "lib/optim/sgd.ts", "lab/app/src", "dist/bench"]) {
    assert.not(existsSync(join(installed, name)), name);
  }
});

test("what a figure needs is one file a package, with the licences of what is in it", ({
  installed,
}) => {
  const folder = join(installed, "dist", "lib", "teach", "packages");
  const bundles = readdirSync(folder).filter((name) => /^(?!bundle).*\.js$/.test(name));
  assert.equal(bundles.sort(), ["linkedom.js", "markdown.js", "plot.js"]);
  for (const name of bundles) {
    const text = readFileSync(join(folder, name), "utf8");
    assert.not.match(text, /^import .* from "(?!node:)/m, `${name} takes from a package`);
  }
  const licences = readFileSync(join(folder, "LICENSES.txt"), "utf8");
  for (const name of ["@observablehq/plot", "d3-scale", "linkedom", "micromark", "unified"]) {
    assert.match(licences, new RegExp(`^${name} [0-9.]+ \\((MIT|ISC)\\)`, "m"));
  }
});

test("every export of package.json imports", ({ folder }) => {
  const names = ["autograd", "checkpoint", "kernels", "nn", "optim", "teach"];
  const script = join(folder, "imports.mjs");
  writeFileSync(script, names.map((name) => `import "downhill/${name}";`).join("\n"));
  execFileSync(process.execPath, [script], { cwd: folder });
});

test("start copies the book into the current folder and serves it", async ({
  folder,
  installed,
}) => {
  const cli = join(installed, "dist", "cli.js");
  const child = spawn(process.execPath, [cli, "start", "--lang", "zh", "--no-browser"], {
    cwd: folder,
    env: { ...process.env, XDG_DATA_HOME: join(folder, "data") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  try {
    const address = await firstAddress(child.stdout);
    assert.match(address, "/lab/tree/zh/");
    assert.ok(existsSync(join(folder, "downhill-book", "zh")));
    const token = new URL(address).searchParams.get("token");
    const page = await fetch(address, { headers: { Authorization: `token ${token}` } });
    assert.is(page.status, 200);
  } finally {
    child.kill("SIGINT");
    assert.equal(await exited, [0, null]);
  }
});

async function firstAddress(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const limit = Date.now() + START_LIMIT_MS;
  for (;;) {
    const found = text.match(/http:\S+/);
    if (found) return found[0];
    if (Date.now() > limit) throw new Error(`no address after ${START_LIMIT_MS / 1000} s: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test.run();
