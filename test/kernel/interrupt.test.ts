import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel, withoutColours } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("interrupt");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
  await context.kernel.execute(
    "let n = 0; let cleaned = false; const say = () => console.log('running');" +
      "const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));",
  );
});
test.after(async (context) => {
  await context.kernel?.stop();
});

/** The bytes of a WebAssembly module whose only function never returns. */
const WASM_LOOP =
  "0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11";

const cells: [what: string, source: string][] = [
  ["a loop", "say(); while (true) n++"],
  ["a loop after an await", "await 0; say(); while (true) n++"],
  ["a pending promise", "say(); await new Promise(() => {})"],
  ["a loop in a timer", "await new Promise(() => setTimeout(() => { say(); while (true) n++ }))"],
  [
    "a loop in an immediate",
    "await new Promise(() => setImmediate(() => { say(); while (true); }))",
  ],
  ["a loop in a microtask", "await new Promise(() => queueMicrotask(() => { say(); for (;;); }))"],
  ["a loop in nextTick", "await new Promise(() => process.nextTick(() => { say(); for (;;); }))"],
  ["a loop in an interval", "await new Promise(() => setInterval(() => { say(); for (;;); }, 1))"],
  [
    "a loop in a file callback",
    "await new Promise(() => require('fs').readFile('/dev/null', () => { say(); for (;;); }))",
  ],
  [
    "WebAssembly",
    `say(); new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${WASM_LOOP}]))).exports.f()`,
  ],
  ["Atomics.wait", "say(); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ["a catastrophic regular expression", "say(); /^(a+)+$/.test('a'.repeat(60) + 'b')"],
  ["a loop that prints", "say(); for (;;) console.log('x')"],
  [
    "a getter while its value is shown",
    "say(); ({ [Symbol.for('Jupyter.display')]() { for (;;); } })",
  ],
  [
    "a loop of awaits in a function",
    "const poll = async () => { for (;;) { n++; await sleep(1) } }; say(); await poll()",
  ],
  ["for await", "say(); for await (const _ of require('timers/promises').setInterval(1)) n++"],
  ["a loop that catches everything", "say(); for (;;) { try { await sleep(1); n++ } catch {} }"],
  ["a loop with finally", "say(); try { for (;;); } finally { n++ }"],
];

for (const [what, source] of cells) {
  test(what, async ({ kernel }) => {
    const id = await kernel.submit(source);
    await kernel.waitForText(id, "running");
    const { content } = await kernel.request("interrupt_request", {}, "control");
    assert.is(content.status, "ok");
    const { reply, messages } = await kernel.finished(id);
    assert.is(reply.status, "error");
    assert.is(reply.ename, "KeyboardInterrupt");
    assert.is(messages.filter((each) => each.type === "error").length, 1);
    assert.is((await kernel.execute("1 + 1")).result, "2", "the kernel works on");
  });
}

test("state is kept", async ({ kernel }) => {
  assert.is((await kernel.execute("n > 100 && typeof sleep")).result, "'function'");
});

test("the traceback says where the loop was", async ({ kernel }) => {
  const id = await kernel.submit("function spin(): never {\n  say();\n  for (;;) n++;\n}\nspin()");
  await kernel.waitForText(id, "running");
  await kernel.request("interrupt_request", {}, "control");
  const { reply } = await kernel.finished(id);
  assert.match(withoutColours(reply.traceback.join("\n")), /at spin \(In\[\d+\]:3:\d+\)/);
});

test("finally blocks run when an await is interrupted", async ({ kernel }) => {
  const id = await kernel.submit(
    "say(); try { await new Promise(() => {}) } finally { await sleep(5); cleaned = true }",
  );
  await kernel.waitForText(id, "running");
  await kernel.request("interrupt_request", {}, "control");
  assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
  assert.is((await kernel.execute("cleaned")).result, "true");
});

test("an interrupt aborts interruptSignal(): library code ends its work", async ({ kernel }) => {
  for (const cell of [
    "say(); await require('timers/promises').setTimeout(1e6, 0, { signal })",
    "say(); for (;;);",
  ]) {
    const id = await kernel.submit(
      "const signal = interruptSignal(); let reason = ''; let work = 'goes on';" +
        "signal.addEventListener('abort', () => { reason = signal.reason.name; work = 'ended' });" +
        cell,
    );
    await kernel.waitForText(id, "running");
    await kernel.request("interrupt_request", {}, "control");
    assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
    const seen = await kernel.execute("`${signal.aborted} ${reason} ${work}`");
    assert.is(seen.result, "'true KeyboardInterrupt ended'", cell);
  }
  const next = await kernel.execute("interruptSignal().aborted");
  assert.is(next.result, "false", "the next cell has a signal of its own");
});

test("an interrupt ends a fetch that has the signal", async ({ kernel }) => {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const id = await kernel.submit(
      `let ended = ''; const got = fetch("http://127.0.0.1:${port}", { signal: interruptSignal() })` +
        ".catch((error: Error) => { ended = error.name }); say(); await got",
    );
    await kernel.waitForText(id, "running");
    await kernel.request("interrupt_request", {}, "control");
    assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
    assert.is((await kernel.execute("await sleep(10); ended")).result, "'KeyboardInterrupt'");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("an async function of an interrupted cell stops at its next await", async ({ kernel }) => {
  const id = await kernel.submit(
    "let ticks = 0; const tick = async () => { for (;;) { ticks++; await sleep(1) } }; say(); await tick()",
  );
  await kernel.waitForText(id, "running");
  await kernel.request("interrupt_request", {}, "control");
  await kernel.finished(id);
  const run = await kernel.execute(
    "await sleep(20); const seen = ticks; await sleep(50); ticks - seen",
  );
  assert.is(run.result, "0");
});

test("for await of an interrupted cell stops, at the top and in a function", async ({ kernel }) => {
  const every = "require('timers/promises').setInterval(1)";
  for (const cell of [
    `say(); for await (const _ of ${every}) n++`,
    `const count = async () => { for await (const _ of ${every}) n++ }; say(); await count()`,
  ]) {
    const id = await kernel.submit(cell);
    await kernel.waitForText(id, "running");
    await kernel.request("interrupt_request", {}, "control");
    await kernel.finished(id);
    const run = await kernel.execute("await sleep(20); const then = n; await sleep(50); n - then");
    assert.is(run.result, "0", cell);
  }
});

test("cells waiting behind the interrupted one are aborted", async ({ kernel }) => {
  const first = await kernel.submit("say(); for (;;);");
  const second = await kernel.submit("n = -1");
  await kernel.waitForText(first, "running");
  await kernel.request("interrupt_request", {}, "control");
  assert.is((await kernel.finished(second)).reply.status, "aborted");
});

test("an idle kernel takes an interrupt without harm", async ({ kernel }) => {
  for (let i = 0; i < 5; i++) await kernel.request("interrupt_request", {}, "control");
  for (let i = 0; i < 20; i++) assert.is((await kernel.execute("await sleep(5); 7")).result, "7");
});

test("a background loop of a finished cell is ended", async ({ kernel }) => {
  await kernel.execute("setTimeout(() => { n = 0; while (true) n++ }, 10)");
  const id = await kernel.submit("await sleep(30); 'after'");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await kernel.request("interrupt_request", {}, "control");
  const { reply } = await kernel.finished(id);
  assert.is(reply.status === "ok" || reply.ename === "KeyboardInterrupt", true);
  assert.is((await kernel.execute("n > 0")).result, "true");
});

test("SIGINT interrupts as the message does", async ({ kernel }) => {
  for (const source of ["say(); for (;;) n++", "say(); await new Promise(() => {})"]) {
    const id = await kernel.submit(source);
    await kernel.waitForText(id, "running");
    kernel.process.kill("SIGINT");
    assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
  }
  kernel.process.kill("SIGINT");
  assert.is((await kernel.execute("2 + 2")).result, "4");
});

test.run();
