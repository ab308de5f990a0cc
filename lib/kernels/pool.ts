/**
 * Threads that share the work of large steps. A step is cut into units; the main thread and the
 * workers take one after the other until none is left.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import {
  control,
  MOST_ARGUMENTS,
  MOST_UNITS,
  runUnits,
  type Shared,
  shareOf,
  tagged,
  waitWhile,
  type WorkerData,
} from "./units.ts";

/** How long a unit may take before the step is given up, in ms. */
const LIMIT = 10_000;

let threads = Math.min(2, availableParallelism());
const pools = new Map<number, Pool>();

/**
 * How many threads share a large step, the main one included.
 *
 * @example
 * set_num_threads(1);
 * get_num_threads() // 1
 */
export function set_num_threads(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`threads: ${count}. Use a whole number from 1 on`);
  }
  threads = count;
}

/**
 * How many threads share a large step, the main one included: at first two, or one on one core.
 *
 * @example
 * get_num_threads() >= 1 // true
 */
export function get_num_threads(): number {
  return threads;
}

/** The threads beside this one; undefined if there are none to be. */
export function sharedPool(): Pool | undefined {
  if (threads === 1) return undefined;
  const known = pools.get(threads);
  if (known !== undefined) return known;
  const made = new Pool(threads);
  pools.set(threads, made);
  return made;
}

export class Pool {
  readonly #shared: Shared;
  readonly #workers: Worker[];
  #kernels = 0;
  #generation = 0;
  #failure: unknown;

  /** Of so many threads, the one that calls included. */
  constructor(threads: number) {
    this.#shared = {
      threads,
      control: new Int32Array(new SharedArrayBuffer(4 * (control.next + threads))),
      call: new Float64Array(new SharedArrayBuffer(8 * MOST_ARGUMENTS)),
      bounds: new Uint32Array(new SharedArrayBuffer(4 * (MOST_UNITS + 1))),
    };
    const file = new URL("./worker.js", import.meta.url);
    this.#workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData: WorkerData = { shared: this.#shared, thread: i + 1 };
      const worker = new Worker(file, { workerData });
      worker.on("error", (error) => (this.#failure = error));
      worker.unref();
      return worker;
    });
  }

  /** Makes a kernel known to every thread. */
  register(module: WebAssembly.Module, memory: WebAssembly.Memory): number {
    const id = this.#kernels++;
    for (const worker of this.#workers) worker.postMessage({ id, module, memory });
    return id;
  }

  /** Lets the workers forget a kernel, so that its memory can be freed. */
  forget(id: number): void {
    for (const worker of this.#workers) worker.postMessage({ id });
  }

  /** Calls a kernel once per unit, each of which ends where the next one begins. */
  run(
    id: number,
    step: (...call: number[]) => void,
    call: readonly number[],
    bounds: readonly number[],
  ): void {
    const { threads, control: cells } = this.#shared;
    const count = bounds.length - 1;
    this.#shared.call.set(call);
    this.#shared.bounds.set(bounds);
    this.#generation = (this.#generation + 1) & 0x7fff;
    Atomics.store(cells, control.kernel, id);
    Atomics.store(cells, control.arguments, call.length);
    Atomics.store(cells, control.done, 0);
    Atomics.store(cells, control.count, tagged(this.#generation, count));
    for (let thread = 0; thread < threads; thread++) {
      const first = shareOf(thread, threads, count);
      Atomics.store(cells, control.next + thread, tagged(this.#generation, first));
    }
    Atomics.add(cells, control.signal, 1);
    Atomics.notify(cells, control.signal);
    runUnits(this.#shared, 0, () => step);
    this.#wait(count);
  }

  #wait(count: number): void {
    const { control: cells } = this.#shared;
    const end = performance.now() + LIMIT;
    for (;;) {
      const done = Atomics.load(cells, control.done);
      if (done === count) return;
      if (this.#failure !== undefined || performance.now() > end) {
        throw new Error("threads: a worker stopped in the middle of a step", {
          cause: this.#failure,
        });
      }
      waitWhile(cells, control.done, done, 1);
    }
  }
}
