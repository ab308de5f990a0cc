/** What the devices whose loop is not JavaScript share: the scalars of a step, and its kernel. */
import type { Job } from "./device.ts";
import { compileJs, printScalars } from "./js.ts";
import { conditionsOf, type Program } from "./specialise.ts";

/** A program on its way to a kernel: what it computes before the loop, and a kernel per branch. */
export class Prepared<Kernel> {
  readonly values: Float64Array;
  readonly host: (scalars: Float64Array, ...rest: unknown[]) => void;
  readonly #program: Program;
  readonly #conditions: readonly number[];
  readonly #kernels = new Map<string, Kernel>();

  constructor(program: Program) {
    this.#program = program;
    this.values = new Float64Array(program.scalars.length);
    this.host = compileJs(printScalars(program)) as Prepared<Kernel>["host"];
    this.#conditions = conditionsOf(program.body).map((name) => program.scalars.indexOf(name));
  }

  /** The kernel for the branches that the scalars just computed take. */
  kernel(make: (holds: (condition: string) => boolean) => Kernel): Kernel {
    let key = "";
    for (const place of this.#conditions) key += this.values[place];
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      kernel = make((name) => this.values[this.#program.scalars.indexOf(name)] !== 0);
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }
}

/** A program's preparation, made once. */
export function prepare<K>(program: Program, known: WeakMap<Program, Prepared<K>>): Prepared<K> {
  let prepared = known.get(program);
  if (prepared === undefined) known.set(program, (prepared = new Prepared(program)));
  return prepared;
}

/** Computes the scalars of one job after the other. */
export class Repeat {
  readonly #prepared: Prepared<unknown>;
  #inputs: Job["inputs"] | undefined;
  readonly #before: number[] = [];
  readonly #after: number[] = [];

  constructor(prepared: Prepared<unknown>) {
    this.#prepared = prepared;
  }

  /** False: the job starts from the same numbers as the one before, and so has the same scalars. */
  scalars({ cells, inputs }: Job): boolean {
    let same = inputs === this.#inputs;
    for (let i = 0; i < cells.length; i++) same &&= Object.is(cells[i]![0], this.#before[i]);
    if (same) {
      for (let i = 0; i < cells.length; i++) cells[i]![0] = this.#after[i]!;
      return false;
    }
    this.#inputs = inputs;
    cells.forEach((cell, i) => (this.#before[i] = cell[0]!));
    this.#prepared.host(this.#prepared.values, ...cells, ...inputs);
    cells.forEach((cell, i) => (this.#after[i] = cell[0]!));
    return true;
  }
}
