import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** System programs that some tests need, and what installs them on Debian and Ubuntu. */
const programs = {
  chromium: "apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji",
  "jupyter-console": "apt-get install jupyter-console",
  "jupyter-nbconvert": "apt-get install jupyter-nbconvert",
  "jupyter-notebook": "apt-get install jupyter-notebook",
  python3: "apt-get install python3",
} as const;

export type Program = keyof typeof programs;

/**
 * The path of a system program, or null where it is missing. The test then skips itself, and the
 * line printed here tells `npm test` what would have to be installed:
 *
 *     const chromium = need("chromium");
 *     (chromium ? test : test.skip)("opens the chapter", ...)
 */
export function need(program: Program): string | null {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  console.log(`needs ${program}: ${programs[program]}`);
  return null;
}

/** Python packages that some tests need, and what installs them on Debian and Ubuntu. */
const packages = {
  jupyter_kernel_test: "apt-get install python3-jupyter-kernel-test",
  nbclient: "apt-get install python3-nbclient",
  torch: "apt-get install python3-torch",
} as const;

/** The path of a Python that has this package, or null as `need`. */
export function pythonWith(name: keyof typeof packages): string | null {
  // Debian's packages are for Debian's Python, which need not be the first in the path.
  const python = [need("python3"), "/usr/bin/python3"].find(
    (each) => each !== null && spawnSync(each, ["-c", `import ${name}`]).status === 0,
  );
  if (python == null) console.log(`needs ${name}: ${packages[name]}`);
  return python ?? null;
}
