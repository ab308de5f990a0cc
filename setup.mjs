// Runs before `npm start` and `npm test`, with nothing but Node: installs the dependencies when the
// lockfile asks for it and compiles dist/. It is JavaScript because nothing is compiled yet.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));

const STAMP = "node_modules/.downhill-lockfile";
const BUNDLED = ["dist/kernel", "dist/lib/teach/packages"];
const INSTALL_LIMIT_MS = 15 * 60_000;
const BUILD_LIMIT_MS = 5 * 60_000;

checkNode();
await installDependencies();
await compile();

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Node: ${process.versions.node}. Downhill needs 20.19 or newer: https://nodejs.org`,
    `Node：${process.versions.node}。Downhill 需要 20.19 或更新的版本：https://nodejs.org`,
  );
}

async function installDependencies() {
  const wanted = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const total = Object.keys(lock.packages).length - 1;
  console.log(
    `Installing ${total} packages into node_modules (once) · 正在安装 ${total} 个包（仅此一次）`,
  );
  const progress = showProgress(total);
  // No package needs its install script: zeromq and esbuild ship their binaries.
  const result = await run(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    INSTALL_LIMIT_MS,
  );
  progress.stop();
  if (result.code !== 0) {
    console.error(result.output);
    fail(
      "npm ci failed (above). Is the npm registry reachable? Then run the same command again.",
      "npm ci 失败（见上）。请检查能否访问 npm 源，然后重新运行同一条命令。",
    );
  }
  writeFileSync(STAMP, wanted);
}

async function compile() {
  const result = await run(process.execPath, ["node_modules/typescript/bin/tsc"], BUILD_LIMIT_MS);
  if (result.code !== 0) {
    console.error(result.output);
    fail("tsc found errors (above).", "tsc 发现错误（见上）。");
  }
  if (isBundled()) return;
  const bundled = await run(process.execPath, ["dist/bundle.js"], BUILD_LIMIT_MS);
  if (bundled.code === 0) return;
  console.error(bundled.output);
  fail(
    "esbuild could not bundle the kernel and lib/teach/packages (above).",
    "esbuild 未能打包内核与 lib/teach/packages（见上）。",
  );
}

/** Whether nothing has been installed or compiled since; the bundler writes the licences last. */
function isBundled() {
  const licences = `${BUNDLED.at(-1)}/LICENSES.txt`;
  const made = statSync(licences, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const compiled = BUNDLED.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith(".js"))
      .map((name) => `${folder}/${name}`),
  );
  const sources = [STAMP, "dist/bundle.js", ...compiled];
  return sources.every((file) => statSync(file).mtimeMs <= made);
}

/** How many packages have arrived so far; a bar on a terminal, silence in a log. */
function showProgress(total) {
  if (!process.stdout.isTTY) return { stop() {} };
  const draw = () => {
    const share = Math.min(1, countPackages() / total);
    const bar = "█".repeat(Math.round(share * 30)).padEnd(30, "░");
    process.stdout.write(`\r  ${bar} ${String(Math.round(share * 100)).padStart(3)} %`);
  };
  const timer = setInterval(draw, 200);
  return {
    stop() {
      clearInterval(timer);
      process.stdout.write("\r\x1b[K");
    },
  };
}

function countPackages() {
  if (!existsSync("node_modules")) return 0;
  let count = 0;
  for (const name of readdirSync("node_modules")) {
    if (name.startsWith(".")) continue;
    count += name.startsWith("@") ? readdirSync(`node_modules/${name}`).length : 1;
  }
  return count;
}

function run(command, args, limitMs) {
  return new Promise((resolve) => {
    const onWindows = process.platform === "win32" && command === "npm";
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      shell: onWindows,
      timeout: limitMs,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data) => (output += data));
    child.on("error", (error) => resolve({ code: 1, output: String(error) }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function fail(en, zh) {
  console.error(`${en}\n${zh}`);
  process.exit(1);
}
