/**
 * `npm test [-- filter ...]`: runs every test file in its own process, two at a time, and ends with
 * `N passed, N failed`. A file that executes no test has failed: uvu exits 0 when `test.run()` is forgotten.
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { sep } from "node:path";
import { fromRoot, root } from "../root.ts";
import { count, type Counts } from "./count.ts";

const JOBS = 2;
const LIMIT_MS = 15 * 60_000;

interface Outcome extends Counts {
  file: string;
  seconds: number;
  output: string;
}

function testFiles(filters: string[]): string[] {
  const all = readdirSync(fromRoot("test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => `test/${file.split(sep).join("/")}`)
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  // The browser tests take longest: started first, they leave no core idle at the end.
  const slow = (file: string) => (file.startsWith("test/browser/") ? 0 : 1);
  return all.sort((a, b) => slow(a) - slow(b) || a.localeCompare(b));
}

function runFile(file: string): Promise<Outcome> {
  const script = fromRoot("dist", file.replace(/\.ts$/, ".js"));
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--enable-source-maps", script], {
      cwd: root,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const limit = setTimeout(() => {
      output += `\ntest file: ${file} ran longer than ${LIMIT_MS / 60_000} minutes and was ended\n`;
      killGroup(child.pid);
    }, LIMIT_MS);
    child.on("close", (code) => {
      clearTimeout(limit);
      killGroup(child.pid);
      const seconds = (performance.now() - started) / 1000;
      resolve({ file, ...count(output, code), seconds, output });
    });
  });
}

/** Ends whatever a test left running; a group that is gone already is what we want. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function report(outcome: Outcome): void {
  const { file, passed, failed, skipped, seconds, output } = outcome;
  const mark = failed > 0 ? "✗" : skipped > 0 ? "–" : "✓";
  const skips = skipped > 0 ? `, ${skipped} skipped` : "";
  console.log(`${mark} ${file}  ${passed} passed${skips}  ${seconds.toFixed(1)} s`);
  if (failed > 0) console.log(output.replace(/^/gm, "    "));
  else for (const line of new Set(output.match(/^needs .*$/gm))) console.log(`    ${line}`);
}

async function main(): Promise<void> {
  const waiting = testFiles(process.argv.slice(2));
  const outcomes: Outcome[] = [];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const outcome = await runFile(file);
      outcomes.push(outcome);
      report(outcome);
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));

  const sum = (key: "passed" | "failed" | "skipped") =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const skipped = sum("skipped");
  const skips = skipped > 0 ? `, ${skipped} skipped` : "";
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed${skips}`);
  // Continuous integration installs everything, so a skipped test there is a hole in .ci/run.
  const holes = process.env.CI ? skipped : 0;
  process.exitCode = sum("failed") + holes > 0 || outcomes.length === 0 ? 1 : 0;
}

await main();
