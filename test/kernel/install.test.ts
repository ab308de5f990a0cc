import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { installKernel, kernelSpec, uninstallKernel } from "../../kernel/install.ts";
import type { KernelSpec } from "../../kernel/install.ts";
import { fromRoot } from "../../root.ts";
import { TestKernel } from "./client.ts";

const test = suite<{ folder: string }>("install");

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "préfixe 前缀 "));
});
test.after.each((context) => {
  rmSync(context.folder, { recursive: true, force: true });
});

const readSpec = (folder: string): KernelSpec =>
  JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as KernelSpec;

test("installs into a prefix and is gone after uninstall", ({ folder }) => {
  const installed = installKernel({ prefix: folder });
  assert.is(installed, join(folder, "share", "jupyter", "kernels", "downhill"));
  assert.equal(readSpec(installed), kernelSpec());
  for (const logo of ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]) {
    assert.ok(existsSync(join(installed, logo)), logo);
  }
  assert.is(installKernel({ prefix: folder }), installed, "again is no error");
  assert.is(uninstallKernel({ prefix: folder }), installed);
  assert.not(existsSync(installed));
  assert.throws(() => uninstallKernel({ prefix: folder }), /kernel: not installed in/);
});

const homes: [variable: string, path: string[]][] = [
  ["JUPYTER_DATA_DIR", ["kernels", "downhill"]],
  ["XDG_DATA_HOME", ["jupyter", "kernels", "downhill"]],
];

for (const [variable, path] of homes) {
  test(`follows ${variable}`, ({ folder }) => {
    const { JUPYTER_DATA_DIR, XDG_DATA_HOME } = process.env;
    delete process.env.JUPYTER_DATA_DIR;
    process.env[variable] = folder;
    try {
      if (process.platform === "linux" || variable === "JUPYTER_DATA_DIR") {
        assert.is(installKernel(), join(folder, ...path));
      }
    } finally {
      delete process.env[variable];
      if (JUPYTER_DATA_DIR !== undefined) process.env.JUPYTER_DATA_DIR = JUPYTER_DATA_DIR;
      if (XDG_DATA_HOME !== undefined) process.env.XDG_DATA_HOME = XDG_DATA_HOME;
    }
  });
}

for (const variable of ["VIRTUAL_ENV", "CONDA_PREFIX"]) {
  test(`--sys-prefix is the active environment: ${variable}`, ({ folder }) => {
    const { VIRTUAL_ENV, CONDA_PREFIX, ...env } = process.env;
    const cli = (...args: string[]) =>
      spawnSync(process.execPath, [fromRoot("dist", "cli.js"), ...args], {
        env: { ...env, [variable]: folder },
        encoding: "utf8",
      });
    const installed = join(folder, "share", "jupyter", "kernels", "downhill");
    assert.is(cli("install", "--sys-prefix").stdout, `${installed}\n`);
    assert.equal(readSpec(installed), kernelSpec());
    assert.match(cli("install", "--sys-prefix", "--prefix", folder).stderr, /^prefix: given twice/);
    assert.is(cli("uninstall", "--sys-prefix").stdout, `${installed}\n`);
    assert.not(existsSync(installed));
  });
}

test("--sys-prefix without an environment says so", () => {
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  delete process.env.VIRTUAL_ENV;
  delete process.env.CONDA_PREFIX;
  try {
    assert.throws(() => installKernel({ sysPrefix: true }), /sys-prefix: no environment is active/);
  } finally {
    if (VIRTUAL_ENV !== undefined) process.env.VIRTUAL_ENV = VIRTUAL_ENV;
    if (CONDA_PREFIX !== undefined) process.env.CONDA_PREFIX = CONDA_PREFIX;
  }
});

test("front ends learn how to show the language", async () => {
  const kernel = await TestKernel.spawn();
  try {
    const { content } = await kernel.request("kernel_info_request", {});
    const { version, ...language } = content.language_info;
    assert.match(version, /^\d+\.\d+/);
    assert.equal(language, {
      name: "typescript",
      // JupyterLab finds the editor's mode by this type, VS Code by the name.
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    });
  } finally {
    await kernel.stop();
  }
});

test("the installed kernel runs, from a path with spaces and letters of any kind", async ({
  folder,
}) => {
  // The package itself, as if it had been installed there.
  const copy = join(folder, "node_modules", "downhill");
  for (const each of ["package.json", "dist"]) {
    cpSync(fromRoot(each), join(copy, each), { recursive: true });
  }
  cpSync(fromRoot("kernel", "logos"), join(copy, "kernel", "logos"), { recursive: true });
  symlinkSync(fromRoot("node_modules"), join(copy, "node_modules"));
  const install = (await import(
    join(copy, "dist", "kernel", "install.js")
  )) as typeof import("../../kernel/install.ts");
  const { argv } = readSpec(install.installKernel({ prefix: folder }));
  assert.ok(argv[1]!.startsWith(copy));
  const kernel = await TestKernel.start({ argv, cwd: folder });
  try {
    const typed = await kernel.execute("const t: number = tensor([1, 2]).sum().item(); t");
    assert.is(typed.result, "3", JSON.stringify(typed.reply));
    const { reply } = await kernel.execute("const wrong: number = 'a'");
    assert.is(reply.ename, "TypeScriptError");
    const { content } = await kernel.request("complete_request", { code: "tens", cursor_pos: 4 });
    assert.equal(content.matches, ["tensor"]);
  } finally {
    await kernel.stop();
  }
});

test.run();
