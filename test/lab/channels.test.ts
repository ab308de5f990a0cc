/** A page's websocket that breaks, comes back, speaks the plain protocol or nonsense. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { jsonProtocol, v1, V1, type Packet } from "../../lab/server/wire.ts";
import { startTestLab, until, type TestLab } from "./lab.ts";

let lab: TestLab;

test.before(async () => {
  lab = await startTestLab();
});

test.after(() => lab.close());

/** A page, reduced to its websocket. */
class Page {
  readonly received: Packet[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<number>;
  private readonly socket: WebSocket;

  constructor(
    kernel: string,
    readonly session: string,
    private readonly subprotocols: string[] = [V1],
  ) {
    const query = `session_id=${session}&token=${lab.token}`;
    const address = `${lab.url.replace("http", "ws")}api/kernels/${kernel}/channels?${query}`;
    this.socket = new WebSocket(address, subprotocols);
    this.opened = new Promise((resolve) => this.socket.once("open", () => resolve()));
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.socket.on("message", (data: Buffer, isBinary) => {
      this.received.push(this.protocol.decode(data, isBinary));
    });
  }

  get protocol() {
    return this.subprotocols.includes(V1) ? v1 : jsonProtocol;
  }

  execute(code: string, metadata = {}): string {
    const msg_id = randomUUID();
    const header = {
      msg_id,
      msg_type: "execute_request",
      session: this.session,
      username: "",
      date: new Date().toISOString(),
      version: "5.5",
    };
    const content = { code, silent: false, store_history: true, allow_stdin: false };
    const rest = { identities: [], parent_header: {}, metadata, buffers: [] };
    this.send(this.protocol.encode({ channel: "shell", message: { header, content, ...rest } }));
    return msg_id;
  }

  send(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Messages that answer a request, as `channel type text`. */
  answers(msg_id: string): string[] {
    return this.received
      .filter(({ message }) => message.parent_header.msg_id === msg_id)
      .map(({ channel, message }) => {
        const { text = "", execution_state = "" } = message.content;
        return `${channel} ${message.header.msg_type} ${String(text)}${String(execution_state)}`;
      });
  }

  /** The connection breaks: no goodbye. */
  break(): void {
    this.socket.terminate();
  }
}

/** Code that makes a cell wait until the test lets it go. */
const wait = (signal: string) => `
  const { existsSync } = await import("node:fs");
  while (!existsSync("${signal}")) await new Promise((resolve) => setTimeout(resolve, 10));
`;

const letGo = (signal: string) => writeFileSync(join(lab.root, signal), "");

async function startKernel(): Promise<string> {
  const { status, body } = await lab.ask("POST", "api/kernels", { name: "downhill" });
  assert.is(status, 201);
  return body.id as string;
}

const state = async (kernel: string) => (await lab.ask("GET", `api/kernels/${kernel}`)).body;

const isDone = (page: Page, id: string) => () => {
  const answers = page.answers(id);
  return (
    answers.some((line) => line.startsWith("shell execute_reply")) &&
    answers.includes("iopub status idle")
  );
};

test("the plain protocol executes too", async () => {
  const kernel = await startKernel();
  const page = new Page(kernel, "plain", []);
  await page.opened;
  const id = page.execute("console.log('你好')");
  await until("the reply", isDone(page, id));
  assert.ok(page.answers(id).includes("iopub stream 你好\n"));
});

test("what a kernel says while its page is away is said when it is back, in order", async () => {
  const kernel = await startKernel();
  const page = new Page(kernel, "same");
  await page.opened;
  const code = `
    console.log("before");
    ${wait("go-1")}
    for (let i = 0; i < 3; i++) { console.log(i); await new Promise((r) => setTimeout(r, 50)); }
  `;
  const id = page.execute(code);
  await until("first output", () => page.answers(id).includes("iopub stream before\n"));
  page.break();
  await until("nobody connected", async () => (await state(kernel)).connections === 0);
  letGo("go-1");
  await until("done", async () => (await state(kernel)).execution_state === "idle");
  const back = new Page(kernel, "same");
  await until("the rest", isDone(back, id));
  const printed = back.answers(id).filter((line) => line.startsWith("iopub stream"));
  assert.is(printed.map((line) => line.replace("iopub stream ", "")).join(""), "0\n1\n2\n");
});

test("what belongs to no cell waits for the page that asked", async () => {
  const kernel = await startKernel();
  const page = new Page(kernel, "one");
  await page.opened;
  const id = page.execute(`${wait("go-2")} "late"`);
  await until("busy", () => page.answers(id).includes("iopub status busy"));
  page.break();
  await until("nobody connected", async () => (await state(kernel)).connections === 0);
  letGo("go-2");
  await until("done", async () => (await state(kernel)).execution_state === "idle");
  const stranger = new Page(kernel, "two");
  await stranger.opened;
  const other = stranger.execute("1");
  await until("its own reply", isDone(stranger, other));
  assert.equal(stranger.answers(id), []);
  const same = new Page(kernel, "one");
  await until("the rest", isDone(same, id));
  assert.ok(same.answers(id).includes("iopub execute_result "));
});

test("a reloaded page gets a running cell's whole output, with its cell", async () => {
  const kernel = await startKernel();
  const page = new Page(kernel, "old");
  await page.opened;
  const code = `
    console.log("early");
    ${wait("go-3")}
    console.log("late");
  `;
  const id = page.execute(code, { cellId: "cell-a" });
  await until("output", () => page.answers(id).includes("iopub stream early\n"));
  page.break();
  await until("nobody connected", async () => (await state(kernel)).connections === 0);
  letGo("go-3");
  const whole = [
    "iopub status busy",
    "iopub execute_input ",
    "iopub stream early\n",
    "iopub stream late\n",
    "iopub status idle",
  ];
  // Passing connections come before the notebook's own; and a second reload may follow.
  for (const session of ["passing", "notebook", "notebook again"]) {
    const reloaded = new Page(kernel, session);
    await until("the end", () => reloaded.answers(id).includes("iopub status idle"));
    assert.equal(reloaded.answers(id), whole, session);
    for (const { message } of reloaded.received) {
      const mark = message.parent_header.msg_id === id ? { cellId: "cell-a" } : undefined;
      assert.equal(message.metadata.downhill, mark);
    }
    reloaded.break();
  }
  // When the cell runs again, what it printed before is over.
  const last = new Page(kernel, "last");
  await last.opened;
  const again = last.execute("1", { cellId: "cell-a" });
  await until("the reply", isDone(last, again));
  const empty = new Page(kernel, "empty");
  await empty.opened;
  const other = empty.execute("1");
  await until("the reply", isDone(empty, other));
  assert.equal(empty.answers(id), []);
});

test("another page gets nothing twice while the asker is there", async () => {
  const kernel = await startKernel();
  const asker = new Page(kernel, "asker");
  await asker.opened;
  const id = asker.execute(`console.log(1); ${wait("go-4")}`, { cellId: "cell-a" });
  await until("output", () => asker.answers(id).includes("iopub stream 1\n"));
  const other = new Page(kernel, "other");
  await other.opened;
  await until("both connected", async () => (await state(kernel)).connections === 2);
  letGo("go-4");
  await until("the end", () => other.answers(id).includes("iopub status idle"));
  assert.equal(other.answers(id), ["iopub status idle"]);
  assert.ok(other.received.every(({ message }) => message.metadata.downhill === undefined));
});

test("what is sent before the kernel listens is not lost", async () => {
  const kernel = await startKernel();
  const page = new Page(kernel, "early");
  await page.opened;
  const ids = [1, 2, 3].map((i) => page.execute(`console.log(${i})`));
  for (const id of ids) await until("the reply", isDone(page, id));
});

test("nonsense closes the websocket with its reason, and harms nobody else", async () => {
  const kernel = await startKernel();
  const good = new Page(kernel, "good");
  await good.opened;
  for (const data of ["text", Buffer.alloc(3), Buffer.alloc(64, 255)]) {
    const bad = new Page(kernel, "bad");
    await bad.opened;
    bad.send(data);
    assert.is(await bad.closed, 1003);
  }
  const id = good.execute("1");
  await until("the reply", isDone(good, id));
});

test.run();
