import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Dealer, XSubscriber } from "zeromq";
import { rng } from "../../lib/autograd/index.ts";
import { TestKernel } from "./client.ts";
import type { Content } from "./client.ts";
import { frame, greeting, ready, say } from "./zmtp.ts";

/**
 * A kernel that listens on five sockets has to survive whatever arrives at them. Every socket gets
 * FUZZ_MESSAGES messages (100,000 without it), all from FUZZ_SEED, so that a failure can be had again.
 */
const MESSAGES = Number(process.env.FUZZ_MESSAGES ?? 100_000);
const SEED = Number(process.env.FUZZ_SEED ?? 20261127);
/** Of the messages of a socket, so many are raw frames beside the ZeroMQ library. */
const RAW = Math.round(MESSAGES / 5);
const FRAMES_PER_CONNECTION = 200;
const LIMIT_MS = 20_000;
/** What a flood may leave behind. Two floods of the same size must not leave twice as much. */
const MAX_GROWTH_MIB = 80;

const random = rng(SEED);
const below = (n: number): number => Math.floor(random() * n);
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
/** A piece of a pool of random bytes. */
const bytes = (n: number): Buffer =>
  Buffer.from(NOISE.subarray(below(NOISE.length - n)).subarray(0, n));

const NOISE = Buffer.from(Array.from({ length: 65_536 }, () => below(256)));

const TYPES = [
  "kernel_info_request",
  "connect_request",
  "comm_info_request",
  "is_complete_request",
  "history_request",
  "interrupt_request",
  "comm_open",
  "comm_msg",
  "comm_close",
  "input_reply",
  "no_such_request",
  "status",
  "",
];

const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  "",
  "text",
  "\ud800",
  "x".repeat(2000),
  [],
  {},
  [[[[[[[[]]]]]]]],
  { __proto__: null, constructor: 1, toString: "no" },
];

const FIELDS = [
  "code",
  "cursor_pos",
  "comm_id",
  "target_name",
  "data",
  "hist_access_type",
  "n",
  "pattern",
  "value",
  "user_expressions",
  "silent",
];

/** A message with the right signature whose parts are what nobody expects. */
function signed(kernel: TestKernel): Buffer[] {
  const header: Content = { msg_id: String(below(1e6)), msg_type: pick(TYPES), session: "fuzz" };
  // A cell takes milliseconds, so there are few of them.
  if (random() < 0.002) header.msg_type = pick(["execute_request", "complete_request"]);
  const content: Content = {};
  for (let i = below(4); i > 0; i--) content[pick(FIELDS)] = pick(VALUES);
  if (random() < 0.3) header[pick(["msg_type", "msg_id", "date", "session"])] = pick(VALUES);
  const parts = [header, {}, random() < 0.1 ? pick(VALUES) : {}, content].map(
    (part) => JSON.stringify(part) ?? "",
  );
  if (random() < 0.1) parts[below(4)] = pick(["", "{", "[]", "null", "\u0000", "1e999"]);
  const buffers = random() < 0.1 ? [bytes(below(64))] : [];
  const text = ["<IDS|MSG>", kernel.sign(parts), ...parts];
  return [...text.map((part) => Buffer.from(part)), ...buffers];
}

/** The same, broken: frames lost, doubled, cut, or with other bits. */
function broken(frames: Buffer[]): Buffer[] {
  const at = below(frames.length);
  const victim = Buffer.from(frames[at]!);
  switch (below(6)) {
    case 0:
      return frames.slice(0, at + 1);
    case 1:
      return [...frames.slice(0, at), ...frames.slice(at + 1), Buffer.alloc(0)];
    case 2:
      return [...frames.slice(0, at), bytes(below(20)), ...frames.slice(at)];
    case 3:
      if (victim.length > 0) victim[below(victim.length)]! ^= 1 << below(8);
      return frames.with(at, victim);
    case 4:
      return frames.with(at, victim.subarray(0, below(victim.length + 1)));
    default:
      return Array.from({ length: 1 + below(8) }, () => bytes(below(40)));
  }
}

/** Signatures take time; so many different messages are broken in so many more ways. */
const POOL = 2000;
let pool: Buffer[][] = [];

function message(kernel: TestKernel): Buffer[] {
  if (pool.length === 0) pool = Array.from({ length: POOL }, () => signed(kernel));
  const frames = pick(pool);
  return random() < 0.1 ? frames : broken(frames);
}

/** What a subscriber may send: subscriptions, their ends, and anything else. */
function subscription(): Buffer[] {
  const topic = pick([bytes(below(20)), Buffer.from("status"), Buffer.from(`t${below(50)}`)]);
  const first = pick([0, 0, 1, 1, 2, 255]);
  return random() < 0.9 ? [Buffer.concat([Buffer.from([first]), topic])] : [bytes(3), topic];
}

/** A connection that breaks the rules of ZMTP itself, at its greeting or somewhere after it. */
function conversation(socketType: string, kernel: TestKernel): Buffer {
  if (random() < 0.2) return bytes(below(300));
  const start = [greeting(), ready(pick([socketType, socketType, socketType, "REQ", "\u0000"]))];
  const frames = Array.from({ length: FRAMES_PER_CONNECTION }, () => {
    const body = random() < 0.5 ? bytes(below(60)) : pick(message(kernel));
    // A lie about the length, a reserved flag or a strange command ends the connection.
    if (random() < 0.002) return frame(0x02, body, pick([2 ** 31, 2 ** 52, body.length + 9]));
    if (random() < 0.002) return frame(below(256), body);
    return frame(random() < 0.7 ? 1 : 0, body);
  });
  const all = Buffer.concat([...start, ...frames]);
  if (random() < 0.3) all[below(70)] = below(256);
  return all;
}

const residentMib = (kernel: TestKernel): number => {
  const status = readFileSync(`/proc/${kernel.process.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
};

type Channel = keyof TestKernel["ports"];

/** All messages of one socket; resolves when the kernel has read them and serves as before. */
async function flood(kernel: TestKernel, channel: Channel, count: number): Promise<void> {
  const port = kernel.ports[channel];
  const upstream = channel === "iopub";
  const socket = upstream ? new XSubscriber() : new Dealer();
  socket.linger = 0;
  // A kernel that has died, or reads no more, takes nothing.
  socket.sendTimeout = LIMIT_MS;
  socket.connect(`tcp://127.0.0.1:${port}`);
  const answers = (async () => {
    for await (const _ of socket);
  })();
  const raw = Math.round((count * RAW) / MESSAGES);
  try {
    for (let i = 0; i < count - raw; i++) {
      await socket.send(upstream ? subscription() : message(kernel)).catch((error: Error) => {
        throw new Error(`message ${i} on ${channel}: ${error.message}. stderr:\n${kernel.stderr}`);
      });
      if (i % 1000 === 0) kernel.all.length = 0;
    }
    for (let sent = 0; sent < raw; sent += FRAMES_PER_CONNECTION) {
      await say(port, conversation(upstream ? "SUB" : "DEALER", kernel));
    }
    await quiet(kernel);
    await stillServes(kernel);
  } finally {
    socket.close();
    await answers.catch(() => {});
  }
}

/** Until the kernel has read what was sent, to much of which it gives no answer: it rests then. */
async function quiet(kernel: TestKernel): Promise<void> {
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${kernel.process.pid}/stat`, "utf8").split(" ");
    return Number(fields[13]) + Number(fields[14]);
  };
  const deadline = Date.now() + 3 * LIMIT_MS;
  for (let before = -100, now = ticks(); now - before > 4; now = ticks()) {
    if (Date.now() > deadline)
      throw new Error(`the kernel does not rest. stderr:\n${kernel.stderr}`);
    before = now;
    await setTimeout(400);
  }
}

/** Every socket does what it is for. */
async function stillServes(kernel: TestKernel): Promise<void> {
  for (const channel of ["shell", "control"] as const) {
    const { content } = await kernel.request("kernel_info_request", {}, channel);
    assert.is(content.status, "ok");
  }
  await kernel.heartbeat.send("ping");
  assert.is(String((await kernel.heartbeat.receive())[0]), "ping");
  const id = await kernel.submit("console.log('hello'); prompt('Name?')", { allow_stdin: true });
  const { header } = await kernel.wait(
    "input_request",
    (each) => each.type === "input_request" && each.parent === id,
  );
  await kernel.send("input_reply", { value: "Ada" }, "stdin", [], header);
  const run = await kernel.finished(id);
  assert.is(run.stdout, "hello\n");
  assert.is(run.result, "'Ada'");
}

for (const channel of ["shell", "control", "stdin", "heartbeat", "iopub"] as const) {
  test(`${MESSAGES} malformed messages on ${channel}, seed ${SEED}`, async () => {
    const kernel = await TestKernel.start();
    try {
      await stillServes(kernel);
      await flood(kernel, channel, MESSAGES / 2);
      const between = residentMib(kernel);
      await flood(kernel, channel, MESSAGES / 2);
      const growth = residentMib(kernel) - between;
      assert.ok(growth < MAX_GROWTH_MIB, `${growth} MiB more than after half of them`);
      if (process.env.FUZZ_VERBOSE) console.log(channel, between, growth);
    } finally {
      await kernel.stop();
    }
  });
}

test.run();
