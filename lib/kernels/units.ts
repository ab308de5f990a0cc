/** What the threads of a pool share, and how each of them takes its units. */

/** Places of the numbers in `Shared.control`. */
export const control = {
  /** Counts the steps; workers sleep on it. */
  signal: 0,
  /** The next unit to take, tagged with its step. */
  next: 1,
  /** How many units there are, tagged with their step. */
  count: 2,
  /** How many are finished. */
  done: 3,
  kernel: 4,
  /** Arguments of one call. */
  arguments: 5,
  length: 6,
} as const;

/** Most arguments of a kernel, and most units of a step. */
export const ARGUMENTS = 32;
export const MOST_UNITS = 4096;

export interface Shared {
  control: Int32Array;
  /** The arguments of each unit. */
  table: Float64Array;
}

/**
 * A step's number beside a unit's. A thread that wakes late may take a number of the step before;
 * the tag tells it that this is not a unit of the step that the table now holds.
 */
export function tagged(generation: number, unit: number): number {
  return (generation << 16) | unit;
}

type Step = (...call: number[]) => void;

/** Takes units until none is left. */
export function runUnits({ control: cells, table }: Shared, find: (id: number) => Step): void {
  const call: number[] = [];
  for (;;) {
    const taken = Atomics.add(cells, control.next, 1);
    const count = Atomics.load(cells, control.count);
    const unit = taken & 0xffff;
    if (taken >> 16 !== count >> 16 || unit >= (count & 0xffff)) return;
    const step = find(Atomics.load(cells, control.kernel));
    const from = unit * ARGUMENTS;
    call.length = Atomics.load(cells, control.arguments);
    for (let k = 0; k < call.length; k++) call[k] = table[from + k]!;
    step(...call);
    Atomics.add(cells, control.done, 1);
    Atomics.notify(cells, control.done);
  }
}
