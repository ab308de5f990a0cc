import type { Dtype } from "../autograd/index.ts";
import { Arena } from "./arena.ts";
import { assemble } from "./assemble.ts";
import type { Data, Device, Job } from "./device.ts";
import { compileJs, printScalars } from "./js.ts";
import { conditionsOf, type Program } from "./specialise.ts";
import { printWat } from "./wat.ts";

/** Elements that are copied at a time where an array lies outside the arena; they stay in cache. */
const CHUNK = 16384;

type Step = (bytes: number, ...rest: number[]) => void;

interface Kernel {
  step: Step;
  /** Places of the arrays in a job. */
  arrays: number[];
  /** Places of the arguments in the program's scalars. */
  scalars: number[];
}

/** A program on its way to a kernel: what it computes before the loop, and a kernel per branch. */
interface Prepared {
  host: (scalars: Float64Array, ...rest: unknown[]) => void;
  values: Float64Array;
  kernels: Map<string, Kernel>;
  conditions: number[];
}

const modules = new Map<string, WebAssembly.Module>();

/** WebAssembly SIMD over an arena. Equal to the plain JavaScript loop bit for bit. */
export class WasmDevice implements Device {
  readonly name = "wasm";
  readonly #arena = new Arena();
  readonly #prepared = new WeakMap<Program, Prepared>();
  readonly #staged: Data[] = [];

  allocate(dtype: Dtype, length: number): Data {
    return this.#arena.allocate(dtype, length);
  }

  adopt(data: Data): Data {
    const home = this.allocate(data instanceof Float64Array ? "float64" : "float32", data.length);
    home.set(data);
    return home;
  }

  run(program: Program, jobs: readonly Job[]): void {
    const prepared = this.#prepare(program);
    const repeat = new Repeat(prepared);
    for (const job of jobs) {
      repeat.scalars(job);
      this.#step(this.#kernel(program, prepared), program.dtype, prepared.values, job);
    }
  }

  #step(kernel: Kernel, dtype: Dtype, values: Float64Array, job: Job): void {
    const n = job.arrays[0]!.length;
    const arrays = kernel.arrays.map((place) => job.arrays[place]!);
    const scalars = kernel.scalars.map((place) => values[place]!);
    const bytes = arrays[0]!.BYTES_PER_ELEMENT;
    const homes = arrays.map((array) => this.#arena.addressOf(array));
    if (!homes.includes(undefined)) {
      if (n > 0) kernel.step(n * bytes, ...(homes as number[]), ...scalars);
      return;
    }
    const staged = arrays.map((_, k) => this.#stage(k, dtype));
    for (let from = 0; from < n; from += CHUNK) {
      const length = Math.min(CHUNK, n - from);
      const addresses = homes.map((home, k) => {
        if (home !== undefined) return home + from * bytes;
        staged[k]!.set(arrays[k]!.subarray(from, from + length));
        return this.#arena.addressOf(staged[k]!)!;
      });
      kernel.step(length * bytes, ...addresses, ...scalars);
      homes.forEach((home, k) => {
        if (home !== undefined || arrays[k] === job.arrays[1]) return;
        arrays[k]!.set(staged[k]!.subarray(0, length), from);
      });
    }
  }

  #stage(place: number, dtype: Dtype): Data {
    const slot = place * 2 + (dtype === "float64" ? 1 : 0);
    return (this.#staged[slot] ??= this.#arena.allocate(dtype, CHUNK));
  }

  #prepare(program: Program): Prepared {
    const known = this.#prepared.get(program);
    if (known !== undefined) return known;
    const prepared: Prepared = {
      host: compileJs(printScalars(program)) as Prepared["host"],
      values: new Float64Array(program.scalars.length),
      kernels: new Map(),
      conditions: conditionsOf(program.body).map((name) => program.scalars.indexOf(name)),
    };
    this.#prepared.set(program, prepared);
    return prepared;
  }

  /** The kernel for the branches that the scalars just computed take. */
  #kernel(program: Program, { values, kernels, conditions }: Prepared): Kernel {
    const key = conditions.map((place) => values[place]).join();
    const known = kernels.get(key);
    if (known !== undefined) return known;
    const holds = (name: string) => values[program.scalars.indexOf(name)] !== 0;
    const { source, arrays, scalars } = printWat(program, holds);
    let module = modules.get(source);
    if (module === undefined)
      modules.set(source, (module = new WebAssembly.Module(assemble(source))));
    const { memory } = this.#arena;
    const { exports } = new WebAssembly.Instance(module, { arena: { memory } });
    const places = program.arrays.map(({ name }) => name);
    const kernel: Kernel = {
      step: exports.step as Step,
      arrays: arrays.map((name) => places.indexOf(name)),
      scalars: scalars.map((name) => program.scalars.indexOf(name)),
    };
    kernels.set(key, kernel);
    return kernel;
  }
}

/** Computes a job's scalars, or remembers those of the job before if it starts from the same. */
class Repeat {
  readonly #prepared: Prepared;
  #before: number[] | undefined;
  #after: number[] = [];

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  scalars({ cells, inputs }: Job): void {
    const start = [...cells.map((cell) => cell[0]!), ...inputs.map(Number)];
    if (
      this.#before !== undefined &&
      start.every((value, i) => Object.is(value, this.#before![i]))
    ) {
      cells.forEach((cell, i) => (cell[0] = this.#after[i]!));
      return;
    }
    this.#prepared.host(this.#prepared.values, ...cells, ...inputs);
    this.#before = start;
    this.#after = cells.map((cell) => cell[0]!);
  }
}
