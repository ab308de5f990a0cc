import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { lock } from "proper-lockfile";
import { fromRoot } from "../root.ts";

export interface BuildOptions {
  log(line: string): void;
  /** Gives the build up, and everything that it started. */
  signal?: AbortSignal;
}

const APP = fromRoot("lab", "app");
const BUILT = join(APP, "dist");
const LOCK = join(APP, ".build.lock");
/** The folder in which everything is made; it is only moved away when it is whole. */
const WORK_PREFIX = ".build-";
/** The kernel's logo is the page's icon. */
const ICON = fromRoot("kernel", "logos", "logo-svg.svg");
const SOURCES = [
  "package.json",
  "package-lock.json",
  "rspack.config.js",
  "overrides.json",
  "src",
  "locale",
];

const INSTALL_LIMIT_MS = 20 * 60_000;
const BUNDLE_LIMIT_MS = 10 * 60_000;
const PROGRESS_MS = 5_000;

/**
 * The folder of the built JupyterLab. The first call on a clone installs the front end's packages
 * (500 MB, removed afterwards) and bundles them; later calls return at once until a source changes.
 * A published package carries the built folder and no lockfile, and is never built again.
 */
export async function buildLab(options: BuildOptions): Promise<string> {
  if (isCurrent()) return BUILT;
  // Another process may be building: then wait for it. Its lock goes stale when it dies.
  const everySecond = { retries: INSTALL_LIMIT_MS / 1000, factor: 1, minTimeout: 1000 };
  const unlock = await lock(APP, { lockfilePath: LOCK, stale: 30_000, retries: everySecond });
  try {
    if (isCurrent()) return BUILT;
    removeWork();
    // A new name each time: npm may outlive a build that was killed, and go on writing.
    const work = mkdtempSync(join(APP, WORK_PREFIX));
    for (const name of SOURCES) cpSync(join(APP, name), join(work, name), { recursive: true });
    await install(work, options);
    await bundle(work, options);
    assemble(work);
    rmSync(BUILT, { recursive: true, force: true });
    renameSync(join(work, "dist"), BUILT);
    return BUILT;
  } finally {
    removeWork();
    await unlock();
  }
}

function removeWork(): void {
  for (const name of readdirSync(APP).filter((entry) => entry.startsWith(WORK_PREFIX))) {
    rmSync(join(APP, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function isCurrent(): boolean {
  const about = join(BUILT, "app.json");
  if (!existsSync(about)) return false;
  if (!existsSync(join(APP, "package-lock.json"))) return true;
  return (JSON.parse(readFileSync(about, "utf8")) as { sources: string }).sources === sourceHash();
}

/** A digest of every source file's name and content. */
function sourceHash(): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    if (statSync(path).isDirectory()) {
      for (const entry of readdirSync(path).sort()) add(join(path, entry));
      return;
    }
    const content = readFileSync(path);
    hash.update(`${relative(APP, path)}\0${content.length}\0`).update(content);
  };
  for (const name of SOURCES) add(join(APP, name));
  add(ICON);
  return hash.digest("hex");
}

async function install(work: string, { log, signal }: BuildOptions): Promise<void> {
  const lockfile = readFileSync(join(work, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(lockfile) as { packages: Record<string, { optional?: boolean }> };
  // Optional ones are mostly for other platforms.
  const names = Object.keys(packages).filter((name) => name !== "" && !packages[name]?.optional);
  const total = names.length;
  log(`JupyterLab: installing ${total} packages (once) · 正在安装 ${total} 个包（仅此一次）`);
  let shown = 0;
  const progress = setInterval(() => {
    const present = (name: string) => existsSync(join(work, name, "package.json"));
    const count = names.filter(present).length;
    if (count > shown) log(`  ${count} / ${total}`);
    shown = count;
  }, PROGRESS_MS);
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const limits = { timeout: INSTALL_LIMIT_MS, signal };
  try {
    const { code, output } = await run(work, "npm", args, limits);
    if (code !== 0) throw new Error(installProblem(output));
  } finally {
    clearInterval(progress);
  }
}

function installProblem(output: string): string {
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(output);
  const remedy = offline
    ? "The npm registry cannot be reached: connect to the internet (once), then start again."
    : "Start again; if it fails again, the lines above say why.";
  return `${output.trim()}\nJupyterLab: npm ci failed. ${remedy}\nJupyterLab：npm ci 失败。${
    offline
      ? "无法访问 npm 源：请联网后重新启动（仅需一次）。"
      : "请重新启动；若仍然失败，原因见上。"
  }`;
}

async function bundle(work: string, { log, signal }: BuildOptions): Promise<void> {
  log("JupyterLab: bundling · 正在打包");
  const rspack = join(work, "node_modules", "@rspack", "cli", "bin", "rspack.js");
  const limits = { timeout: BUNDLE_LIMIT_MS, signal };
  const { code, output } = await run(work, process.execPath, [rspack, "build"], limits);
  if (code !== 0) throw new Error(`${output.trim()}\nJupyterLab: rspack failed (above).`);
}

/** Adds what is not bundled: schemas of the settings, translations, and what the server must know. */
function assemble(work: string): void {
  const dist = join(work, "dist");
  const read = (path: string) => JSON.parse(readFileSync(join(work, path), "utf8")) as PackageJson;
  const { dependencies = {} } = read("package.json");
  for (const name of Object.keys(dependencies)) {
    const schemaDir = read(`node_modules/${name}/package.json`).jupyterlab?.schemaDir;
    if (schemaDir === undefined) continue;
    const from = join(work, "node_modules", name, schemaDir);
    cpSync(from, join(dist, "schemas", name), { recursive: true });
  }
  cpSync(ICON, join(dist, "static", "favicon.svg"));
  cpSync(join(work, "overrides.json"), join(dist, "overrides.json"));
  cpSync(join(work, "locale"), join(dist, "translations"), { recursive: true });
  const entry = readdirSync(join(dist, "static")).find((name) => /^lab\.\w+\.js$/.test(name));
  const version = dependencies["@jupyterlab/application"];
  const about = { version, entry, sources: sourceHash() };
  writeFileSync(join(dist, "app.json"), `${JSON.stringify(about, null, 2)}\n`);
}

interface PackageJson {
  dependencies?: Record<string, string>;
  jupyterlab?: { schemaDir?: string };
}

interface Limits {
  timeout: number;
  signal?: AbortSignal;
}

/** Runs a program to its end; rejects when the signal ends it. */
function run(cwd: string, command: string, args: string[], { timeout, signal }: Limits) {
  return new Promise<{ code: number; output: string }>((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      timeout,
      signal,
      // npm finishes its work first when it is asked politely; the folder is thrown away anyway.
      killSignal: "SIGKILL",
      // npm is a batch file there.
      shell: process.platform === "win32" && command === "npm",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.on("error", (error) => {
      // An abort is told here first; the program has ended only at "close".
      if (!signal?.aborted) resolve({ code: 1, output: String(error) });
    });
    child.on("close", (code) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ code: code ?? 1, output });
    });
  });
}
