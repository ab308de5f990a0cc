/** The kernels that are compared: how each is started, and the same cells in its language. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { kernelSpec } from "../kernel/install.ts";
import { fromRoot } from "../root.ts";

export interface KernelUnderTest {
  name: string;
  version: string;
  argv: string[];
  /** Code whose end is completed. */
  member: string;
  /** A cell that declares `name`, with a type where the language has one; another text for another `n`. */
  declare(name: string, n: number): string;
  /** Declares a name without its type being checked, where the kernel can leave that out. */
  unchecked?: (name: string, n: number) => string;
}

/** What can be measured here; the versions name what is missing, with its remedy. */
export function kernels(): { found: KernelUnderTest[]; versions: Record<string, string> } {
  const found: KernelUnderTest[] = [];
  const versions: Record<string, string> = {};
  for (const [name, { find, install }] of Object.entries(known)) {
    const kernel = find();
    if (kernel) found.push({ name, ...kernel });
    versions[name] = kernel?.version ?? `missing: ${install}`;
  }
  return { found, versions };
}

type Found = Omit<KernelUnderTest, "name"> | undefined;

const known: Record<string, { find: () => Found; install: string }> = {
  Downhill: { find: downhill, install: "npm run build" },
  tslab: { find: tslab, install: "npm install" },
  ipykernel: { find: ipykernel, install: "apt-get install python3-ipykernel" },
};

const typescript = {
  member: "Math.ma",
  declare: (name: string, n: number) =>
    `const ${name}: number[] = [1, 2, ${n}].map((each) => each * 2);`,
};

function downhill(): Found {
  const version = packageVersion(fromRoot("package.json"));
  const unchecked = (name: string, n: number) => `// @ts-nocheck\n${typescript.declare(name, n)}`;
  return { ...typescript, version, argv: kernelSpec().argv, unchecked };
}

/** As `tslab install` writes it into its kernelspec. */
function tslab(): Found {
  try {
    const file = createRequire(import.meta.url).resolve("tslab/package.json");
    const argv = [process.execPath, join(dirname(file), "bin", "tslab"), "kernel"];
    const version = packageVersion(file);
    return { ...typescript, version, argv: [...argv, "--config-path", "{connection_file}"] };
  } catch {
    return undefined;
  }
}

function ipykernel(): Found {
  const folders = [
    process.env.JUPYTER_DATA_DIR,
    join(homedir(), ".local", "share", "jupyter"),
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
  ];
  const file = folders
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, "kernels", "python3", "kernel.json"))
    .find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const { argv } = JSON.parse(readFileSync(file, "utf8")) as { argv: [string, ...string[]] };
  const script =
    "import ipykernel, platform as p; print(ipykernel.__version__, p.python_version())";
  const [version, python] = execFileSync(argv[0], ["-c", script], { encoding: "utf8" }).split(" ");
  return {
    version: `${version}, Python ${python!.trim()}`,
    argv,
    member: "str.ma",
    declare: (name, n) => `${name} = [each * 2 for each in [1, 2, ${n}]]`,
  };
}

function packageVersion(file: string): string {
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
