import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromRoot } from "../root.ts";
import { jupyterDataFolder } from "./paths.ts";

/** The kernel's name in `jupyter kernelspec list` and in a notebook's metadata. */
export const KERNEL_NAME = "downhill";

/** The folder with the kernel's logos. */
export const resourceDir = fromRoot("kernel", "logos");

export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: "message" | "signal";
  env?: Record<string, string>;
  metadata: Record<string, unknown>;
}

/** What Jupyter needs to know to start this kernel: the content of a `kernel.json`. */
export function kernelSpec(): KernelSpec {
  const main = fileURLToPath(new URL("main.js", import.meta.url));
  return {
    argv: [process.execPath, main, "{connection_file}"],
    display_name: "Downhill (TypeScript)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: false },
  };
}

export interface InstallOptions {
  /** A folder such as a virtual environment; without it, the user's own Jupyter data folder. */
  prefix?: string | undefined;
  /** The active virtual or conda environment, as Jupyter's own `--sys-prefix`. */
  sysPrefix?: boolean | undefined;
}

/** Makes the kernel known to every Jupyter of this user (or prefix). Returns its new folder. */
export function installKernel(options: InstallOptions = {}): string {
  const folder = installFolder(options);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(resourceDir, folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), `${JSON.stringify(kernelSpec(), null, 2)}\n`);
  return folder;
}

/** Undoes {@link installKernel}. Returns the removed folder; an Error if there was none. */
export function uninstallKernel(options: InstallOptions = {}): string {
  const folder = installFolder(options);
  if (!existsSync(folder)) {
    throw new Error(`kernel: not installed in ${folder}. See \`jupyter kernelspec list\`.`);
  }
  rmSync(folder, { recursive: true });
  return folder;
}

function installFolder({ prefix: given, sysPrefix }: InstallOptions): string {
  if (sysPrefix && given !== undefined) {
    throw new Error("prefix: given twice. Choose one of --prefix and --sys-prefix.");
  }
  const prefix = sysPrefix ? activeEnvironment() : given;
  const data = prefix === undefined ? jupyterDataFolder() : join(prefix, "share", "jupyter");
  return join(data, "kernels", KERNEL_NAME);
}

function activeEnvironment(): string {
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const folder = VIRTUAL_ENV || CONDA_PREFIX;
  if (folder) return folder;
  throw new Error(
    "sys-prefix: no environment is active (VIRTUAL_ENV and CONDA_PREFIX are not set). " +
      "Activate one, or name its folder: --prefix FOLDER.",
  );
}
