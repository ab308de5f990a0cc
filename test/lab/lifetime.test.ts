/** Nothing is left behind: no process, no temporary file, no half-written notebook. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isAlive, newFolder, startTestLab, until } from "./lab.ts";

const temporary = newFolder();
process.env.TMPDIR = temporary;

/** A spec of a program that is no kernel; it writes its process id to a file in its folder. */
const program = (code: string) => ({
  spec: {
    argv: [process.execPath, "-e", `fs.appendFileSync("pids", process.pid + "\\n"); ${code}`],
    display_name: "No kernel",
    language: "none",
  },
});

/** The server's own temporary folders. */
const left = () => readdirSync(temporary).filter((name) => name.startsWith("downhill-"));

const pidsIn = (root: string) => {
  const file = join(root, "pids");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
};

test("a kernel that always dies is given up, with its last words", async () => {
  const lab = await startTestLab({
    kernelSpecs: { broken: program("console.error('no such module'); process.exit(3)") },
  });
  const { status, body } = await lab.ask("POST", "api/kernels", { name: "broken" });
  assert.is(status, 201);
  const state = async () => (await lab.ask("GET", `api/kernels/${body.id}`)).body.execution_state;
  await until("dead", async () => (await state()) === "dead");
  assert.is(pidsIn(lab.root).length, 6, "the start and five more");
  assert.ok(lab.lines.some((line) => /ended with code 3\nno such module/.test(line)));
  const restarted = await lab.ask("POST", `api/kernels/${body.id}/restart`);
  assert.is(restarted.status, 500);
  assert.match(restarted.body.message, /no such module/);
  await lab.close();
  assert.equal(pidsIn(lab.root).filter(isAlive), []);
});

test("a kernel that never answers ends with the server, and what it started too", async () => {
  const grandchild = "child_process.spawn(process.execPath, ['-e', KEEP], {stdio: 'ignore'})";
  const keep = "setInterval(() => {}, 1e6)";
  const code = `process.on("SIGTERM", () => {}); const KEEP = ${JSON.stringify(keep)};
    const child = ${grandchild}; fs.appendFileSync("pids", child.pid + "\\n"); eval(KEEP)`;
  const lab = await startTestLab({ kernelSpecs: { silent: program(code) } });
  await lab.ask("POST", "api/kernels", { name: "silent" });
  await until("both run", () => pidsIn(lab.root).length === 2);
  assert.equal(pidsIn(lab.root).map(isAlive), [true, true]);
  await lab.close();
  await until("both are gone", () => !pidsIn(lab.root).some(isAlive));
});

test("close() ends busy kernels and removes every temporary file", async () => {
  const lab = await startTestLab();
  const started = await Promise.all([1, 2].map(() => lab.ask("POST", "api/kernels", {})));
  assert.equal(
    started.map(({ status }) => status),
    [201, 201],
  );
  assert.is(left().length, 1);
  await Promise.all([lab.close(), lab.close()]);
  assert.equal(left(), []);
  await fetch(lab.url).then(
    () => assert.unreachable("the server still answers"),
    () => undefined,
  );
});

/** Runs a script of this folder until it is killed; `line` sees what it prints. */
function runScript(name: string, args: string[], line: (text: string) => void) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const part of text.split("\n").filter(Boolean)) line(part);
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return { child, ended };
}

test("a server that is killed takes its kernels with it", async () => {
  const lines: string[] = [];
  const { child, ended } = runScript("serve-and-hang.js", [newFolder()], (l) => lines.push(l));
  const pidLine = () => lines.find((line) => line.startsWith("pid "));
  await until("the kernel runs", () => pidLine() !== undefined);
  const pid = Number(pidLine()?.slice("pid ".length));
  assert.ok(isAlive(pid));
  child.kill("SIGKILL");
  await ended;
  await until("the kernel is gone", () => !isAlive(pid));
});

test("a server that is killed while it saves leaves a whole notebook", async () => {
  const root = newFolder();
  const file = join(root, "a.ipynb");
  writeFileSync(file, JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  for (let round = 0; round < 5; round++) {
    let saves = 0;
    const { child, ended } = runScript("save-forever.js", [root], () => saves++);
    const before = 5 + 3 * round;
    await until(`${before} saves`, () => saves >= before);
    child.kill("SIGKILL");
    await ended;
    const notebook = JSON.parse(readFileSync(file, "utf8"));
    assert.is(notebook.cells.length, 1000);
    assert.equal(
      new Set(notebook.cells.map((cell: { source: string[] }) => cell.source[0])).size,
      1,
    );
  }
  const visible = readdirSync(root).filter((name) => !name.startsWith("."));
  assert.equal(visible, ["a.ipynb"]);
});

test.run();
