import { AsyncResource } from "node:async_hooks";
import child_process from "node:child_process";
import type { ChildProcess } from "node:child_process";
import process from "node:process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import type { SpawnRequest, SpawnResult, SyncStdio } from "../bridge.ts";
import type { StreamName } from "./stdio.ts";

export interface ChildrenOutlet {
  /** Text of a child, under the cell that started it. */
  write(name: StreamName, text: string): void;
  /** Has a process run by the other thread, while this one waits. */
  run(request: SpawnRequest): void;
}

/**
 * A child process that inherits `stdout` or `stderr` would print into the log of whoever started
 * the kernel. Here it gets a pipe instead, and what comes out is shown in its cell.
 */
export function captureChildren(outlet: ChildrenOutlet): void {
  captureAsynchronous(outlet);
  captureSynchronous(outlet);
}

/** Every asynchronous way to start a process (`spawn`, `exec`, `fork` ...) ends in one method. */
function captureAsynchronous({ write }: ChildrenOutlet): void {
  const prototype = child_process.ChildProcess.prototype as unknown as SpawnPrototype;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const inherited = new Map<number, StreamName>();
    const stdio = withPipes(options.stdio, inherited);
    const result = spawn.call(this, { ...options, stdio });
    for (const [fd, name] of inherited) forward(this, fd, name, write);
    return result;
  };
}

interface SpawnPrototype {
  spawn(this: ChildProcess, options: { stdio?: unknown }): unknown;
}

function withPipes(stdio: unknown, inherited: Map<number, StreamName>): unknown {
  if (stdio === undefined) return stdio;
  const list: unknown[] = Array.isArray(stdio) ? [...(stdio as unknown[])] : [stdio, stdio, stdio];
  for (const [fd, entry] of list.entries()) {
    const name = streamOf(entry, fd);
    if (name === undefined) continue;
    inherited.set(fd, name);
    list[fd] = "pipe";
  }
  return list;
}

/** Which of this process's streams an entry stands for, if it is an output at all. */
function streamOf(entry: unknown, fd: number): StreamName | undefined {
  const own = entry === "inherit" ? fd : entry;
  if (own === 1 || own === process.stdout) return "stdout";
  if (own === 2 || own === process.stderr) return "stderr";
  return undefined;
}

/** The child looks as if it had inherited the stream: without one of its own. */
function forward(
  child: ChildProcess,
  fd: number,
  name: StreamName,
  write: ChildrenOutlet["write"],
): void {
  const stream = child.stdio[fd] as Readable | null | undefined;
  if (!stream) return;
  const decoder = new StringDecoder("utf8");
  // Under the cell that started the child, whatever runs when its text arrives.
  const print = AsyncResource.bind((text: string) => write(name, text));
  stream.on("data", (chunk: Buffer) => print(decoder.write(chunk)));
  stream.on("end", () => print(decoder.end()));
  (child.stdio as unknown[])[fd] = null;
  if (fd === 1) child.stdout = null;
  if (fd === 2) child.stderr = null;
}

/**
 * `spawnSync` and all that is made of it block this thread inside of Node, where neither output
 * nor an interrupt could pass. So the other thread runs the process, and this one waits in
 * JavaScript, which an interrupt can end.
 */
function captureSynchronous({ run }: ChildrenOutlet): void {
  const binding = syncBinding();
  const { spawn } = binding;
  binding.spawn = (options) => {
    if (!options.stdio.every(({ type }) => PASSED.has(type))) return spawn.call(binding, options);
    const { port1, port2 } = new MessageChannel();
    const done = new Int32Array(new SharedArrayBuffer(4));
    run({ options, answer: port2, done });
    Atomics.wait(done, 0, 0);
    const received = receiveMessageOnPort(port1) as { message: SpawnResult };
    port1.close();
    const { output, ...result } = received.message;
    return { ...result, output: output && output.map((each) => (each ? Buffer.from(each) : null)) };
  };
}

/** Kinds of stdio that the other thread can pass on; descriptors belong to the whole process. */
const PASSED = new Set<SyncStdio["type"]>(["pipe", "ignore", "inherit", "fd"]);

interface SyncBinding {
  spawn(options: SpawnRequest["options"]): object;
}

/** What Node's own `spawnSync` calls; its parts are deprecated to use, not to exist. */
function syncBinding(): SyncBinding {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  const { binding } = process as unknown as { binding(name: string): SyncBinding };
  const found = binding("spawn_sync");
  process.noDeprecation = noDeprecation;
  return found;
}
