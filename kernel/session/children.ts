import { AsyncResource } from "node:async_hooks";
import child_process from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import process from "node:process";
import type { Readable } from "node:stream";
import type { StreamName } from "./stdio.ts";

type Write = (name: StreamName, text: string) => void;

/** What Node passes to a child process: one entry for each of its descriptors. */
type Stdio = unknown;

/**
 * A child process that inherits `stdout` or `stderr` would print into the kernel's log. Here it
 * gets a pipe instead, and what comes out is written under the cell that started it. Every
 * asynchronous way to start a process (`spawn`, `exec`, `fork` ...) ends in this one method.
 */
export function captureChildren(write: Write): void {
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
  spawn(this: ChildProcess, options: { stdio?: Stdio }): unknown;
}

function withPipes(stdio: Stdio, inherited: Map<number, StreamName>): Stdio {
  const list: unknown[] = Array.isArray(stdio) ? [...(stdio as unknown[])] : [stdio, stdio, stdio];
  if (stdio === undefined) return stdio;
  for (const [fd, entry] of list.entries()) {
    const name = streamOf(entry, fd);
    if (name === undefined) continue;
    inherited.set(fd, name);
    list[fd] = "pipe";
  }
  return list;
}

/** Which of this process's streams an entry stands for, if it is an output at all. */
export function streamOf(entry: unknown, fd: number): StreamName | undefined {
  const own = entry === "inherit" ? fd : entry;
  if (own === 1 || own === process.stdout) return "stdout";
  if (own === 2 || own === process.stderr) return "stderr";
  return undefined;
}

/** The child looks as if it had inherited the stream: without one of its own. */
function forward(child: ChildProcess, fd: number, name: StreamName, write: Write): void {
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
