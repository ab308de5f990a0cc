import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { Console } from "node:console";
import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";
import type { SharedState } from "../bridge.ts";
import type { Run } from "./run.ts";

/** Text is gathered for this long before it is posted, once a burst has begun. */
const GATHER_MS = 20;
const CHUNK = 32 * 1024;
/** The writer waits while this much output is on its way to the front end. */
const MAX_IN_FLIGHT = 8 * 1024 * 1024;

export type StreamName = "stdout" | "stderr";
export type PostText = (run: Run, name: StreamName, text: string) => void;

/**
 * `process.stdout` and `process.stderr` of the user's code. The first text after a pause is posted
 * at once; a burst is gathered. While text is held and the thread is busy, flow[1] is 1, and the
 * worker comes and flushes it from outside.
 */
export class Stdio {
  readonly #post: PostText;
  readonly #owner: () => Run | undefined;
  readonly #flow: Int32Array;
  #held: { run: Run; name: StreamName; text: string } | undefined;
  #lastPost = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(owner: () => Run | undefined, post: PostText, shared: SharedState) {
    this.#owner = owner;
    this.#post = post;
    this.#flow = shared.flow;
  }

  /** Takes over the two streams and gives the user a console that writes to them. */
  install(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const write = this.#writer(name);
      // A session has no end of its output.
      const end = (...last: unknown[]): unknown => {
        if (typeof last[0] !== "function") write(...(last as Parameters<typeof write>));
        return process[name];
      };
      Object.assign(process[name], { write, end });
    }
    this.#captureDescriptors();
    const { stdout, stderr } = process;
    // Node's own console also keeps every logged object for the inspector.
    globalThis.console = new Console({ stdout, stderr, colorMode: false });
  }

  write(name: StreamName, text: string): void {
    const run = this.#owner();
    // What a silent cell prints is nobody's: no burst has begun that the worker would watch.
    if (text === "" || run === undefined || run.request.silent) return;
    const held = this.#held;
    if (held && (held.run !== run || held.name !== name)) this.flush();
    if (this.#held) this.#held.text += text;
    else this.#held = { run, name, text };
    const quiet = performance.now() - this.#lastPost >= GATHER_MS;
    if (quiet || this.#held!.text.length >= CHUNK) this.flush();
    else this.#flushSoon();
  }

  flush(): void {
    const held = this.#held;
    this.#held = undefined;
    Atomics.store(this.#flow, 1, 0);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (held === undefined) return;
    this.#lastPost = performance.now();
    this.#post(held.run, held.name, held.text);
    this.#waitForRoom();
  }

  #flushSoon(): void {
    if (this.#timer !== undefined) return;
    Atomics.store(this.#flow, 1, 1);
    this.#timer = setTimeout(() => this.flush(), GATHER_MS);
    this.#timer.unref();
  }

  #waitForRoom(): void {
    for (;;) {
      const inFlight = Atomics.load(this.#flow, 0);
      if (inFlight <= MAX_IN_FLIGHT) return;
      Atomics.wait(this.#flow, 0, inFlight, 100);
    }
  }

  /** Loggers write to the descriptors themselves, past the two streams. */
  #captureDescriptors(): void {
    const { write, writeSync } = fs;
    const take = (fd: unknown, data: unknown, rest: unknown[]): number | undefined => {
      const name = fd === 1 ? "stdout" : fd === 2 ? "stderr" : undefined;
      if (name === undefined) return undefined;
      const bytes = bytesOf(data, rest);
      this.write(name, decoders[name].decode(bytes, STREAM));
      return bytes.length;
    };
    const written = (fd: number, data: never, ...rest: never[]): number =>
      take(fd, data, rest) ?? writeSync(fd, data, ...rest);
    const writing = (fd: number, data: never, ...rest: never[]): void => {
      const length = take(fd, data, rest);
      const done = rest.at(-1) as unknown;
      if (length === undefined) write(fd, data, ...(rest as unknown as [never]));
      else if (typeof done === "function") process.nextTick(done, null, length, data);
    };
    Object.assign(fs, { write: Object.assign(writing, write), writeSync: written });
    syncBuiltinESMExports();
  }

  #writer(name: StreamName): typeof process.stdout.write {
    return (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | ((error?: Error | null) => void),
      callback?: (error?: Error | null) => void,
    ) => {
      const text = typeof chunk === "string" ? chunk : decoders[name].decode(chunk, STREAM);
      this.write(name, text);
      const done = typeof encoding === "function" ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    };
  }
}

/** What `fs.write` is asked to write: a text, or a part of a buffer. */
function bytesOf(data: unknown, [first, length]: unknown[]): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  const { buffer, byteOffset, byteLength } = data as ArrayBufferView;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const options = typeof first === "object" && first !== null ? first : { offset: first, length };
  const part = options as { offset?: unknown; length?: unknown };
  const start = typeof part.offset === "number" ? part.offset : 0;
  return typeof part.length === "number"
    ? bytes.subarray(start, start + part.length)
    : bytes.subarray(start);
}

const STREAM = { stream: true };
const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
