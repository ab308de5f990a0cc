import { readFileSync } from "node:fs";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot } from "../../root.ts";
import { kernelSpec } from "../../kernel/install.ts";
import { TestKernel } from "./client.ts";
import type { Content } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("protocol");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
});
test.after(async (context) => {
  await context.kernel?.stop();
});

test("kernel_info tells the package's own version", async ({ kernel }) => {
  const { content } = await kernel.request("kernel_info_request", {});
  const { version } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
    version: string;
  };
  assert.is(content.implementation_version, version);
  assert.is(content.language_info.name, "typescript");
  assert.match(content.protocol_version, /^5\.\d$/);
  // A debugger and subshells would be listed here; neither is there.
  assert.equal(content.supported_features, []);
  assert.is(content.debugger, false);
});

const good = ["header", "{}", "{}", "{}"];
const header = JSON.stringify({ msg_id: "1", msg_type: "kernel_info_request", session: "s" });

/** What must be dropped and logged, without harm to the kernel. `SIGN` stands for a signature. */
const malformed: [what: string, frames: (string | Uint8Array)[], log: RegExp][] = [
  ["a wrong signature", ["<IDS|MSG>", "0".repeat(64), header, "{}", "{}", "{}"], /bad signature/],
  ["a short signature", ["<IDS|MSG>", "0", header, "{}", "{}", "{}"], /bad signature/],
  ["an empty signature", ["<IDS|MSG>", "", header, "{}", "{}", "{}"], /bad signature/],
  ["no delimiter", ["hello"], /delimiter/],
  ["no frames after the delimiter", ["<IDS|MSG>"], /frames after the delimiter/],
  ["too few frames", ["<IDS|MSG>", "SIGN", header, "{}"], /frames after the delimiter/],
  ["no JSON", ["<IDS|MSG>", "SIGN", ...good], /JSON/],
  ["JSON that is no object", ["<IDS|MSG>", "SIGN", "[]", "{}", "{}", "{}"], /objects/],
  ["null content", ["<IDS|MSG>", "SIGN", header, "{}", "{}", "null"], /objects/],
  ["no msg_type", ["<IDS|MSG>", "SIGN", "{}", "{}", "{}", "{}"], /msg_type/],
  [
    "bytes that are no UTF-8",
    ["<IDS|MSG>", "SIGN", Buffer.from([255, 254]), "{}", "{}", "{}"],
    /JSON|signature/,
  ],
];

for (const channel of ["shell", "control"] as const) {
  for (const [what, frames, log] of malformed) {
    test(`${channel}: ${what} is dropped and logged`, async ({ kernel }) => {
      kernel.stderr = "";
      const parts = frames.slice(2).map(String);
      await kernel.sendRaw(
        frames.map((each) => (each === "SIGN" ? kernel.sign(parts) : each)),
        channel,
      );
      await kernel.request("kernel_info_request", {}, channel);
      await kernel.waitForLog(log);
    });
  }
}

for (const channel of ["shell", "control"] as const) {
  for (const type of ["no_such_request", "debug_request"]) {
    test(`${channel}: a ${type} gets an error that names it and what is known`, async ({
      kernel,
    }) => {
      const { type: answer, content } = await kernel.request(type, {}, channel);
      assert.is(answer, type.replace("_request", "_reply"));
      assert.is(content.status, "error");
      assert.is(content.ename, "UnknownMessage");
      assert.match(content.evalue, new RegExp(`message type: "${type}". Known: .*kernel_info`));
      await kernel.waitForLog(new RegExp(type));
    });
  }
}

test("what is no request is logged and the light goes back to idle", async ({ kernel }) => {
  const id = await kernel.send("no_such_news", {});
  await kernel.wait(
    "idle",
    (each) => each.parent === id && each.content.execution_state === "idle",
  );
  await kernel.waitForLog(/no_such_news/);
});

/** Fields that are not what they should be, in requests that read them. */
const hostile = { toString: "no", valueOf: "no" };
const nonsense: [type: string, content: Content][] = [
  ["is_complete_request", { code: hostile }],
  ["complete_request", { code: hostile, cursor_pos: hostile }],
  ["complete_request", { code: "a", cursor_pos: 1e308 }],
  ["inspect_request", { code: ["x"], cursor_pos: -1, detail_level: hostile }],
  ["history_request", { hist_access_type: hostile, n: hostile, session: hostile }],
  ["history_request", { hist_access_type: "range", session: hostile, start: hostile }],
  ["history_request", { hist_access_type: "search", pattern: hostile }],
  ["comm_info_request", { target_name: hostile }],
  ["execute_request", { code: hostile, user_expressions: { a: hostile } }],
];

for (const [type, content] of nonsense) {
  test(`${type} with ${JSON.stringify(content)} is answered`, async ({ kernel }) => {
    const { content: answer } = await kernel.request(type, content);
    assert.is(answer.status, type === "is_complete_request" ? "complete" : "ok");
  });
}

test("each subscription is welcomed, on its own topic", async ({ kernel }) => {
  const { Subscriber } = await import("zeromq");
  const socket = new Subscriber();
  socket.connect(`tcp://127.0.0.1:${kernel.ports.iopub}`);
  try {
    socket.subscribe("stream");
    const frames = (await socket.receive()).map(String);
    assert.is(frames[0], "stream");
    assert.is(JSON.parse(frames[3]!).msg_type, "iopub_welcome");
    assert.equal(JSON.parse(frames[6]!), { subscription: "stream" });
  } finally {
    socket.close();
  }
});

test("a subscription sent again as the end of a longer message ends nothing", async ({
  kernel,
}) => {
  const { XSubscriber } = await import("zeromq");
  const socket = new XSubscriber();
  socket.receiveTimeout = 5000;
  socket.connect(`tcp://127.0.0.1:${kernel.ports.iopub}`);
  const welcomed = async (): Promise<string> => String((await socket.receive())[0]);
  try {
    await socket.send("\x01first");
    assert.is(await welcomed(), "first");
    await socket.send(["more follows", "\x01first"]);
    // What comes at once is taken for the part that is missing.
    await setTimeout(300);
    await socket.send("\x01second");
    assert.is(await welcomed(), "second");
  } finally {
    socket.close();
  }
  assert.is((await kernel.execute("1 + 1")).result, "2");
});

test("an execute_request with nonsense in it is answered", async ({ kernel }) => {
  for (const content of [{}, { code: 5 }, { code: null, user_expressions: 7, silent: "x" }]) {
    const { content: reply } = await kernel.request("execute_request", content);
    assert.match(reply.status, /ok|error/);
  }
});

test("every message carries the request as its parent", async ({ kernel }) => {
  const { id, messages } = await kernel.execute("console.log(1); 2");
  assert.ok(messages.length >= 5);
  for (const message of messages) assert.is(message.parent, id);
});

test("the control channel answers while a cell is busy", async ({ kernel }) => {
  const id = await kernel.submit(
    "console.log('on'); const end = Date.now() + 3000; while (Date.now() < end);",
  );
  await kernel.waitForText(id, "on");
  // The best of a few, because the machine may be busy too; a blocked kernel has no good one.
  for (const channel of ["control", "shell"] as const) {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const started = performance.now();
      await kernel.request("kernel_info_request", {}, channel);
      times.push(performance.now() - started);
    }
    assert.ok(Math.min(...times) < 100, `${channel}: ${times.join(" ")} ms`);
  }
  assert.not(kernel.all.some((each) => each.type === "execute_reply" && each.parent === id));
  await kernel.wait("the busy light of the cell, once more", (each) => {
    const lights = kernel.all.filter((message) => message.type === "status");
    return each === lights.at(-1) && each.parent === id && each.content.execution_state === "busy";
  });
  await kernel.finished(id);
});

test("the heartbeat echoes while a cell is busy", async ({ kernel }) => {
  const id = await kernel.submit(
    "console.log('on'); const stop = Date.now() + 1000; while (Date.now() < stop);",
  );
  await kernel.waitForText(id, "on");
  const started = performance.now();
  await kernel.heartbeat.send("ping");
  const [answer] = await kernel.heartbeat.receive();
  assert.is(String(answer), "ping");
  assert.ok(performance.now() - started < 500);
  await kernel.finished(id);
});

test("a kernel without a key speaks unsigned", async () => {
  const kernel = await TestKernel.start({ key: "" });
  try {
    assert.is((await kernel.execute("1 + 1")).result, "2");
  } finally {
    await kernel.stop();
  }
});

for (const busy of [false, true]) {
  for (const restart of [false, true]) {
    const when = `${busy ? "busy" : "idle"}, restart ${restart}`;
    test(`shutdown (${when}) answers and leaves no process`, async () => {
      const kernel = await TestKernel.start();
      try {
        if (busy) {
          const id = await kernel.submit("console.log('on'); for (;;);");
          await kernel.waitForText(id, "on");
        }
        const exit = once(kernel.process, "exit");
        const { content } = await kernel.request("shutdown_request", { restart }, "control");
        assert.equal(content, { status: "ok", restart });
        await exit;
        // On a slow machine a kernel still loading is killed; it must never abort by itself.
        assert.ok(busy || [0, null].includes(kernel.process.exitCode), kernel.stderr);
        assert.is.not(kernel.process.signalCode, "SIGABRT", kernel.stderr);
        assert.is(await descendants(kernel.process.pid!), 0);
      } finally {
        await kernel.stop();
      }
    });
  }
}

test("a shutdown on the shell channel ends the kernel too, and all front ends hear of it", async () => {
  const kernel = await TestKernel.start();
  try {
    const exit = once(kernel.process, "exit");
    const { content } = await kernel.request("shutdown_request", { restart: true });
    assert.equal(content, { status: "ok", restart: true });
    await exit;
    const told = kernel.all.find(
      (each) => each.channel === "iopub" && each.type === "shutdown_reply",
    );
    assert.equal(told?.content, { status: "ok", restart: true });
  } finally {
    await kernel.stop();
  }
});

test("SIGTERM ends a busy kernel", async () => {
  const kernel = await TestKernel.start();
  try {
    const id = await kernel.submit("console.log('on'); for (;;);");
    await kernel.waitForText(id, "on");
    const exit = once(kernel.process, "exit");
    kernel.process.kill("SIGTERM");
    await exit;
  } finally {
    await kernel.stop();
  }
});

test("the kernel ends when the server that started it is gone", async () => {
  const { argv } = kernelSpec();
  const shell = ["/bin/sh", "-c", '"$@" & echo "pid $!"; wait', "sh", ...argv];
  const kernel = await TestKernel.start({ argv: shell, env: { JPY_PARENT_PID: "1" } });
  try {
    const pid = Number(/pid (\d+)/.exec(kernel.stderr)![1]);
    await kernel.submit("for (;;);");
    kernel.process.kill("SIGKILL");
    await once(kernel.process, "exit");
    const deadline = Date.now() + 10_000;
    while (isAlive(pid)) {
      assert.ok(Date.now() < deadline, "the kernel is still alive");
      await setTimeout(50);
    }
  } finally {
    await kernel.stop();
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** How many processes still have this one as their parent. */
async function descendants(pid: number): Promise<number> {
  const { execFileSync } = await import("node:child_process");
  const list = execFileSync("ps", ["-eo", "ppid="], { encoding: "utf8" });
  return list.split("\n").filter((line) => Number(line) === pid).length;
}

test.run();
