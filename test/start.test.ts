/** `downhill start` as a reader uses it, and what Ctrl-C leaves behind: nothing. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot } from "../root.ts";

const BUILD_LIMIT_MS = 10 * 60_000;
const STOP_LIMIT_MS = 20_000;

const test = suite<{ folder: string }>("start");
const children: ChildProcess[] = [];
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "downhill-start-"));
});
test.after.each(({ folder }) => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

function start(folder: string, ...args: string[]): ChildProcess & { text: string } {
  const child = spawn(process.execPath, [fromRoot("dist", "cli.js"), "start", ...args], {
    env: { ...process.env, TMPDIR: folder, XDG_DATA_HOME: join(folder, "data"), DISPLAY: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const started = Object.assign(child, { text: "" });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (started.text += text));
  }
  return started;
}

/** The address that it prints, once it does. */
async function address(child: ReturnType<typeof start>): Promise<URL> {
  const limit = Date.now() + BUILD_LIMIT_MS;
  for (;;) {
    const found = child.text.match(/http:\S+/);
    if (found) return new URL(found[0]);
    assert.is(child.exitCode, null, `it ended: ${child.text}`);
    assert.ok(Date.now() < limit, `no address after ten minutes: ${child.text}`);
    await setTimeout(100);
  }
}

/** Processes that were started below a `start` with this TMPDIR, by the environment they inherit. */
function processesOf(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TMPDIR=${folder}`);
    } catch {
      return false;
    }
  });
}

for (const lang of ["zh", "en"]) {
  test(`--lang ${lang} opens the first chapter; Ctrl-C ends everything`, async ({ folder }) => {
    const child = start(folder, "--lang", lang, "--no-browser", "--port", "0");
    const url = await address(child);
    assert.is(url.hostname, "127.0.0.1");
    assert.match(url.pathname, new RegExp(`^/lab/tree/${lang}/\\d\\d-.*\\.ipynb$`));
    const headers = { Authorization: `token ${url.searchParams.get("token")}` };
    const page = await fetch(url, { headers });
    assert.is(page.status, 200);
    assert.match(await page.text(), "jupyter-config-data");

    const body = JSON.stringify({ name: "downhill" });
    const kernel = await fetch(new URL("/api/kernels", url), { method: "POST", headers, body });
    assert.is(kernel.status, 201);
    assert.ok(processesOf(folder).length >= 2 || process.platform !== "linux");

    const ended = once(child, "exit", { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
    child.kill("SIGINT");
    assert.equal(await ended, [0, null], child.text);
    assert.equal(processesOf(folder), []);
    assert.equal(
      readdirSync(folder).filter((name) => name !== "data"),
      [],
    );
  });
}

const mistakes: [string[], RegExp][] = [
  [["--lang", "fr"], /--lang: fr\. Known: zh, en\./],
  [["--port", "99999999"], /--port: 99999999\. A whole number from 0 to 65535/],
  [["--prot", "1"], /--prot/],
];

for (const [args, says] of mistakes) {
  test(`${args.join(" ")} is refused with a reason`, async ({ folder }) => {
    const child = start(folder, ...args);
    const [code] = (await once(child, "exit")) as [number];
    assert.is(code, 1);
    assert.match(child.text, says);
  });
}

test.run();
