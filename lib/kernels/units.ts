/** What the threads of a pool share, and how each of them takes its units. */

/** Places of the numbers in `Shared.control`. */
export const control = {
  /** Counts the steps; workers wait for it. */
  signal: 0,
  /** How many units there are, tagged with their step. */
  count: 1,
  /** How many are finished. */
  done: 2,
  kernel: 3,
  /** Arguments of a call. */
  arguments: 4,
  /** The next unit of the first thread's share, tagged with its step; those of the others follow. */
  next: 5,
} as const;

/** Most arguments of a kernel: a function of WebAssembly has no more. */
export const MOST_ARGUMENTS = 1000;
/** Most units of a step: enough that no thread waits long for another at its end. */
export const MOST_UNITS = 64;

/** How long a thread looks for something to do before it sleeps, in ms: to be woken takes as long as a unit. */
const LOOK = 0.2;

export interface Shared {
  threads: number;
  control: Int32Array;
  /** The call for all rows: where they begin, where they end, scalars. */
  call: Float64Array;
  /** Where the rows of each unit begin, and where those of the last one end. */
  bounds: Uint32Array;
}

/**
 * A step's number beside a unit's. A thread that wakes late may take a number of the step before;
 * the tag tells it that this is not a unit of the step that the table now holds.
 */
export function tagged(generation: number, unit: number): number {
  return (generation << 16) | unit;
}

type Step = (...call: number[]) => void;

/** What a worker is told when it starts. */
export interface WorkerData {
  shared: Shared;
  thread: number;
}

/** The first unit of a thread's share, and with the next thread's the end of it. */
export const shareOf = (thread: number, threads: number, count: number) =>
  Math.floor((thread * count) / threads);

/**
 * Takes units until none is left: first those of the thread's own share, which is the same part of
 * the memory at each step, then those that others have not come to.
 */
export function runUnits(shared: Shared, thread: number, find: (id: number) => Step): void {
  const { threads, control: cells, call, bounds } = shared;
  const own: number[] = [];
  for (let others = 0; others < threads; others++) {
    const owner = (thread + others) % threads;
    for (;;) {
      const taken = Atomics.add(cells, control.next + owner, 1);
      const tag = Atomics.load(cells, control.count);
      if (taken >> 16 !== tag >> 16) return;
      const [unit, count] = [taken & 0xffff, tag & 0xffff];
      if (unit >= shareOf(owner + 1, threads, count)) break;
      const step = find(Atomics.load(cells, control.kernel));
      own.length = Atomics.load(cells, control.arguments);
      own[0] = bounds[unit]!;
      own[1] = bounds[unit + 1]!;
      for (let k = 2; k < own.length; k++) own[k] = call[k]!;
      step(...own);
      if (Atomics.add(cells, control.done, 1) === count - 1) Atomics.notify(cells, control.done);
    }
  }
}

/** Returns when one of the numbers is another one, or after so many ms. */
export function waitWhile(cells: Int32Array, place: number, is: number, limit = Infinity): void {
  const end = performance.now() + LOOK;
  while (Atomics.load(cells, place) === is) {
    if (performance.now() < end) continue;
    Atomics.wait(cells, place, is, limit);
    return;
  }
}
