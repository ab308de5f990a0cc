/** Kernels through JupyterLab's own client, and through bare websockets. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  KernelManager,
  type Kernel,
  type KernelMessage,
  ServerConnection,
  SessionManager,
} from "@jupyterlab/services";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isAlive, newFolder, startTestLab, until, type TestLab } from "./lab.ts";

const TIMEOUT_MS = 30_000;

let lab: TestLab;
let temporary: string;
let kernels: KernelManager;
let sessions: SessionManager;

test.before(async () => {
  temporary = newFolder();
  process.env.TMPDIR = temporary;
  lab = await startTestLab({ root: newFolder({ "zh/06.ipynb": "{}" }) });
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: lab.url,
    wsUrl: lab.url.replace("http", "ws"),
    token: lab.token,
  });
  kernels = new KernelManager({ serverSettings });
  sessions = new SessionManager({ kernelManager: kernels, serverSettings });
});

test.after(async () => {
  sessions.dispose();
  kernels.dispose();
  await lab.close();
});

/** Runs code; resolves with all that it printed or returned, as text. */
async function run(kernel: Kernel.IKernelConnection, code: string): Promise<string> {
  const future = kernel.requestExecute({ code });
  const output: string[] = [];
  future.onIOPub = (message) => void output.push(textOf(message));
  await limited(future.done, `execute ${code}`);
  return output.join("");
}

function textOf({ header, content }: KernelMessage.IIOPubMessage): string {
  const fields = content as Record<string, unknown>;
  if (header.msg_type === "stream") return String(fields.text);
  if (header.msg_type === "execute_result") {
    return String((fields.data as Record<string, unknown>)["text/plain"]);
  }
  return header.msg_type === "error" ? String(fields.ename) : "";
}

async function limited<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain: ${what}`)), TIMEOUT_MS);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

const connectionFiles = () =>
  readdirSync(temporary, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".json"),
  );

test("a kernel runs code, reports errors and knows its folder", async () => {
  const session = await sessions.startNew({
    path: "zh/06.ipynb",
    name: "06.ipynb",
    type: "notebook",
    kernel: { name: "downhill" },
  });
  const kernel = session.kernel!;
  assert.is(await run(kernel, "console.log('下山'); 1 + 1"), "下山\n2");
  assert.is(await run(kernel, "throw new RangeError('no')"), "RangeError");
  assert.match(await run(kernel, "process.cwd()"), /zh'?$/);
  assert.match(await run(kernel, "process.env.JPY_SESSION_NAME"), /zh\/06\.ipynb/);
  await session.shutdown();
});

test("the connection file is the user's alone and goes with its kernel", async () => {
  const before = connectionFiles();
  const kernel = await kernels.startNew({ name: "downhill" });
  const [file, ...others] = connectionFiles().filter((name) => !before.includes(name));
  assert.equal(others, []);
  assert.is(statSync(join(temporary, file!)).mode & 0o777, 0o600);
  await kernel.shutdown();
  assert.equal(connectionFiles(), before);
});

test("an endless loop is interrupted, and the kernel keeps its variables", async () => {
  const kernel = await kernels.startNew({ name: "downhill" });
  await run(kernel, "let kept = 41");
  const future = kernel.requestExecute({ code: "while (true) {}" });
  await until("busy", () => kernel.status === "busy");
  await limited(kernel.interrupt(), "interrupt");
  const reply = await limited(future.done, "the interrupted cell");
  assert.is(reply.content.status, "error");
  assert.is(await run(kernel, "kept + 1"), "42");
  await kernel.shutdown();
});

test("a restart gives a new process and forgets, even in the middle of a loop", async () => {
  const kernel = await kernels.startNew({ name: "downhill" });
  await run(kernel, "globalThis.kept = 1");
  const first = Number(await run(kernel, "process.pid"));
  const lost = kernel.requestExecute({ code: "while (true) {}" });
  // The client cancels the cell that the restart cuts off.
  lost.done.catch(() => undefined);
  await until("busy", () => kernel.status === "busy");
  await limited(kernel.restart(), "restart");
  assert.is(await run(kernel, "typeof globalThis.kept"), "'undefined'");
  assert.is.not(Number(await run(kernel, "process.pid")), first);
  await until("the old process is gone", () => !isAlive(first));
  await kernel.shutdown();
});

test("input that a cell asks for reaches it", async () => {
  const kernel = await kernels.startNew({ name: "downhill" });
  const future = kernel.requestExecute({ code: "prompt('name?')", allow_stdin: true });
  const output: string[] = [];
  future.onIOPub = (message) => void output.push(textOf(message));
  future.onStdin = (message) => {
    assert.is((message.content as { prompt: string }).prompt.trim(), "name?");
    const parent = message.header as KernelMessage.IInputRequestMsg["header"];
    kernel.sendInputReply({ status: "ok", value: "亚当" }, parent);
  };
  await limited(future.done, "the cell with input");
  assert.match(output.join(""), /亚当/, JSON.stringify(await future.done));
  await kernel.shutdown();
});

test("two pages see one kernel's outputs, each its own replies", async () => {
  const first = await kernels.startNew({ name: "downhill" });
  const second = kernels.connectTo({ model: first.model });
  const seen: string[] = [];
  second.iopubMessage.connect((_, message) => seen.push(textOf(message)));
  await second.info;
  const { connections } = (await lab.ask("GET", `api/kernels/${first.id}`)).body;
  assert.is(connections, 2);
  await run(first, "console.log('shared')");
  await until("the other page sees it", () => seen.join("").includes("shared\n"));
  assert.is(await run(second, "6 * 7"), "42");
  second.dispose();
  await first.shutdown();
});

test("a kernel that dies is started again, and says so", async () => {
  const kernel = await kernels.startNew({ name: "downhill" });
  const states: string[] = [];
  kernel.statusChanged.connect((_, status) => states.push(status));
  const first = Number(await run(kernel, "process.pid"));
  const lost = kernel.requestExecute({ code: "process.kill(process.pid, 'SIGKILL')" });
  lost.done.catch(() => undefined);
  await until("restarting", () => states.includes("autorestarting"));
  await until("idle", () => kernel.status === "idle");
  assert.is.not(Number(await run(kernel, "process.pid")), first);
  assert.ok(lab.lines.some((line) => /ended by SIGKILL/.test(line)));
  await kernel.shutdown();
});

test("one path has one session, also when two pages ask at once", async () => {
  const body = { path: "a.ipynb", name: "a", type: "notebook", kernel: { name: "downhill" } };
  const [a, b] = await Promise.all([
    lab.ask("POST", "api/sessions", body),
    lab.ask("POST", "api/sessions", body),
  ]);
  assert.equal([a.status, a.body.id], [201, b.body.id]);
  const path = `api/sessions/${a.body.id}`;
  const renamed = await lab.ask("PATCH", path, { path: "b.ipynb" });
  assert.equal([renamed.body.path, renamed.body.kernel.id], ["b.ipynb", a.body.kernel.id]);
  const other = await lab.ask("PATCH", path, { kernel: { name: "downhill" } });
  assert.is.not(other.body.kernel.id, a.body.kernel.id);
  assert.is((await lab.ask("GET", `api/kernels/${a.body.kernel.id}`)).status, 404);
  assert.is((await lab.ask("DELETE", path)).status, 204);
  assert.is((await lab.ask("GET", path)).status, 404);
  assert.is((await lab.ask("GET", `api/kernels/${other.body.kernel.id}`)).status, 404);
});

test.run();
