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
export type PostText = (run: Run | undefined, name: StreamName, text: string) => void;

/**
 * `process.stdout` and `process.stderr` of the user's code. The first text after a pause is posted
 * at once; a burst is gathered. While text is held and the thread is busy, flow[1] is 1, and the
 * worker comes and flushes it from outside.
 */
export class Stdio {
  readonly #post: PostText;
  readonly #owner: () => Run | undefined;
  readonly #flow: Int32Array;
  #held: { run: Run | undefined; name: StreamName; text: string } | undefined;
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
      process[name].write = this.#writer(name);
    }
    const { stdout, stderr } = process;
    // Node's own console also keeps every logged object for the inspector.
    globalThis.console = new Console({ stdout, stderr, colorMode: false });
  }

  write(name: StreamName, text: string): void {
    if (text === "") return;
    const run = this.#owner();
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

const STREAM = { stream: true };
const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
