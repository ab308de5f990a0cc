/**
 * Threads that share the work of large steps. A step is cut into units; the main thread and the
 * workers take one after the other from a common counter until none is left.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ARGUMENTS, control, MOST_UNITS, runUnits, type Shared, tagged } from "./units.ts";

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
  const made = new Pool(threads - 1);
  pools.set(threads, made);
  return made;
}

export class Pool {
  readonly #shared: Shared = {
    control: new Int32Array(new SharedArrayBuffer(4 * control.length)),
    table: new Float64Array(new SharedArrayBuffer(8 * ARGUMENTS * MOST_UNITS)),
  };
  readonly #workers: Worker[];
  #kernels = 0;
  #generation = 0;
  #failure: unknown;

  constructor(workers: number) {
    const file = new URL("./worker.js", import.meta.url);
    this.#workers = Array.from({ length: workers }, () => {
      const worker = new Worker(file, { workerData: this.#shared });
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

  /** Calls a kernel once per unit; a unit is the list of the call's arguments. */
  run(id: number, step: (...call: number[]) => void, units: readonly (readonly number[])[]): void {
    const { control: cells, table } = this.#shared;
    for (let from = 0; from < units.length; from += MOST_UNITS) {
      const some = units.slice(from, from + MOST_UNITS);
      some.forEach((unit, i) => table.set(unit, i * ARGUMENTS));
      this.#generation = (this.#generation + 1) & 0x7fff;
      Atomics.store(cells, control.kernel, id);
      Atomics.store(cells, control.arguments, some[0]!.length);
      Atomics.store(cells, control.done, 0);
      Atomics.store(cells, control.count, tagged(this.#generation, some.length));
      Atomics.store(cells, control.next, tagged(this.#generation, 0));
      Atomics.add(cells, control.signal, 1);
      Atomics.notify(cells, control.signal);
      runUnits(this.#shared, () => step);
      this.#wait(some.length);
    }
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
      Atomics.wait(cells, control.done, done, 1);
    }
  }
}
