import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";
import { getSystemErrorMap } from "node:util";
import type { SpawnRequest, SpawnResult, SyncStdio } from "../bridge.ts";

/** After an interrupt a process may end itself for so long. */
const GRACE_MS = 250;

/** What a process prints that has inherited the kernel's streams. */
type Print = (name: "stdout" | "stderr", text: string) => Promise<void>;

/**
 * Runs the processes for which the main thread waits (`spawnSync`, `execSync` ...): so their output
 * is seen while they run, and an interrupt ends them.
 */
export class Processes {
  readonly #running = new Set<ChildProcess>();

  /**
   * Ends the processes that somebody waits for. The wait is ended too (see interrupts.ts); an answer
   * would come before that, and look like the process's own failure.
   */
  interrupt(): void {
    for (const child of this.#running) {
      this.#running.delete(child);
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
    }
  }

  run({ options, answer, done }: SpawnRequest, print: Print): void {
    const finish = (result: SpawnResult): void => {
      answer.postMessage(result);
      Atomics.store(done, 0, 1);
      Atomics.notify(done, 0);
    };
    try {
      this.#start(options, print, finish);
    } catch (error) {
      finish(failure(error as NodeJS.ErrnoException));
    }
  }

  #start(
    options: SpawnRequest["options"],
    print: Print,
    finish: (result: SpawnResult) => void,
  ): void {
    const { file, args, envPairs, stdio, cwd, timeout, maxBuffer, killSignal } = options;
    const child = spawn(file, args.slice(1), {
      argv0: args[0],
      cwd,
      env: Object.fromEntries(envPairs.map(pair)),
      stdio: stdio.map(descriptor) as StdioOptions,
      detached: options.detached,
      uid: options.uid,
      gid: options.gid,
      windowsHide: options.windowsHide,
      windowsVerbatimArguments: options.windowsVerbatimArguments,
    });
    let error: string | undefined;
    const stop = (code: string): void => {
      error ??= code;
      child.kill(killSignal ?? "SIGTERM");
    };
    const output = stdio.map((entry, fd) => {
      const stream = child.stdio[fd] as Readable | null;
      if (entry.input && child.stdin && fd === 0)
        child.stdin.on("error", () => {}).end(entry.input);
      else if (entry.type === "pipe" && fd === 0) child.stdin?.end();
      const name = inherited(entry);
      if (stream && name) forward(stream, (text) => print(name, text));
      return stream && entry.type === "pipe" && entry.writable
        ? collect(stream, maxBuffer, () => stop("ENOBUFS"))
        : undefined;
    });
    const timer = timeout ? setTimeout(() => stop("ETIMEDOUT"), timeout) : undefined;
    this.#running.add(child);
    child.on("error", (reason) => {
      if (!this.#running.delete(child)) return;
      clearTimeout(timer);
      finish(failure(reason));
    });
    child.on("close", (status, signal) => {
      // A process that could not be started has been answered for; an interrupted one needs no answer.
      if (!this.#running.delete(child)) return;
      clearTimeout(timer);
      finish({
        pid: child.pid ?? 0,
        status,
        signal,
        output: output.map((chunks) => chunks && new Uint8Array(Buffer.concat(chunks))),
        error: error === undefined ? undefined : errorNumber(error),
      });
    });
  }
}

/** The stream that the process would share with the kernel. */
export function inherited({ type, fd }: SyncStdio): "stdout" | "stderr" | undefined {
  if (type !== "inherit" && type !== "fd") return undefined;
  return fd === 1 ? "stdout" : fd === 2 ? "stderr" : undefined;
}

function descriptor(entry: SyncStdio): "pipe" | "ignore" | "inherit" | number {
  if (inherited(entry)) return "pipe";
  if (entry.type === "fd" || entry.type === "inherit") return entry.fd!;
  return entry.type as "pipe" | "ignore";
}

function pair(text: string): [string, string] {
  const at = text.indexOf("=", 1);
  return [text.slice(0, at), text.slice(at + 1)];
}

function forward(stream: Readable, print: (text: string) => Promise<void>): void {
  const decoder = new StringDecoder("utf8");
  const say = (text: string): void => {
    if (text === "") return;
    stream.pause();
    void print(text).then(() => stream.resume());
  };
  stream.on("data", (chunk: Buffer) => say(decoder.write(chunk)));
  stream.on("end", () => say(decoder.end()));
}

function collect(stream: Readable, max: number | undefined, tooMuch: () => void): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (max !== undefined && size > max) tooMuch();
  });
  return chunks;
}

function failure({ errno, code }: NodeJS.ErrnoException): SpawnResult {
  const error = errno ?? errorNumber(code ?? "EINVAL");
  return { pid: 0, status: null, signal: null, output: null, error };
}

function errorNumber(code: string): number | undefined {
  for (const [number, [name]] of getSystemErrorMap()) if (name === code) return number;
  return undefined;
}
