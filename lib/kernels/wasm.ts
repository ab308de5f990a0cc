import type { Dtype, Tensor } from "../autograd/index.ts";
import { Arena } from "./arena.ts";
import { assemble } from "./assemble.ts";
import type { Data, Device, Job } from "./device.ts";
import { type Pool, sharedPool } from "./pool.ts";
import { prepare, type Prepared, Repeat } from "./prepare.ts";
import type { Program } from "./specialise.ts";
import { printWat } from "./wat.ts";

/** Elements that are copied at a time where an array lies outside the arena; they stay in cache. */
const CHUNK = 16384;

/** From so many elements on, threads share a step. */
const PARALLEL = 1 << 18;
/** Elements that a thread takes at a time. */
const UNIT = 1 << 15;

/** The place of the gradient in a job; it is only read. */
const GRADIENT = 1;

interface Kernel {
  step: (...call: number[]) => void;
  /** Its arguments: bytes, addresses, scalars. */
  call: number[];
  /** Places of the arrays in a job. */
  places: number[];
  /** Which of these lie outside the arena in the job at hand. */
  foreign: number[];
  /** Its number in a pool of threads. */
  idIn: (pool: Pool) => number;
  /** Places of the arguments in the program's scalars. */
  scalars: number[];
}

type Ids = Map<WebAssembly.Module, number>;

/** When a device is gone, the threads let go of its memory. */
const released = new FinalizationRegistry<{ pool: WeakRef<Pool>; ids: Ids }>(({ pool, ids }) => {
  for (const id of ids.values()) pool.deref()?.forget(id);
});

const modules = new Map<string, WebAssembly.Module>();

/** WebAssembly SIMD over an arena. Equal to the plain JavaScript loop bit for bit. */
export class WasmDevice implements Device {
  readonly name = "wasm";
  readonly #arena = new Arena();
  readonly #prepared = new WeakMap<Program, Prepared<Kernel>>();
  readonly #staged: Data[] = [];
  readonly #ids = new WeakMap<Pool, Ids>();

  allocate(dtype: Dtype, length: number): Data {
    return this.#arena.allocate(dtype, length);
  }

  adopt(param: Tensor): void {
    const home = this.allocate(param.dtype, param.size);
    home.set(param.data);
    param.data = home;
    param.offerGradHome(this.allocate(param.dtype, param.size));
  }

  run(program: Program, jobs: readonly Job[]): void {
    const prepared = prepare(program, this.#prepared);
    const repeat = new Repeat(prepared);
    const elements = jobs.reduce((sum, { arrays }) => sum + arrays[0]!.length, 0);
    const pool = elements >= PARALLEL ? sharedPool() : undefined;
    const shared = new Map<Kernel, number[][]>();
    for (const job of jobs) {
      repeat.scalars(job);
      const kernel = prepared.kernel((holds) => this.#compile(program, holds));
      this.#address(kernel, program.dtype, prepared.values, job);
      if (pool === undefined || kernel.foreign.length > 0) this.#step(kernel, program.dtype, job);
      else {
        const units = shared.get(kernel);
        if (units === undefined) shared.set(kernel, cut(kernel, job));
        else units.push(...cut(kernel, job));
      }
    }
    for (const [kernel, units] of shared) pool!.run(kernel.idIn(pool!), kernel.step, units);
  }

  /** Writes down the arguments of a call. */
  #address(kernel: Kernel, dtype: Dtype, values: Float64Array, { arrays }: Job): void {
    const { call, places, scalars, foreign } = kernel;
    foreign.length = 0;
    for (let k = 0; k < places.length; k++) {
      const home = this.#arena.addressOf(arrays[places[k]!]!);
      if (home === undefined) foreign.push(k);
      call[1 + k] = home ?? this.#stage(k, dtype).byteOffset;
    }
    const after = 1 + places.length;
    for (let i = 0; i < scalars.length; i++) call[after + i] = values[scalars[i]!]!;
  }

  /** Arrays that lie elsewhere pass through the arena, a piece at a time. */
  #step({ step, call, places, foreign }: Kernel, dtype: Dtype, { arrays }: Job): void {
    const { length: n, BYTES_PER_ELEMENT: bytes } = arrays[0]!;
    const most = foreign.length > 0 ? CHUNK : n;
    for (let from = 0; from < n; from += most) {
      const length = Math.min(most, n - from);
      for (const k of foreign) this.#stage(k, dtype).set(piece(arrays[places[k]!]!, from, length));
      call[0] = length * bytes;
      step(...call);
      for (const k of foreign) {
        if (places[k] === GRADIENT) continue;
        arrays[places[k]!]!.set(piece(this.#stage(k, dtype), 0, length), from);
      }
      for (let k = 0; n > most && k < places.length; k++) {
        if (!foreign.includes(k)) call[1 + k]! += length * bytes;
      }
    }
  }

  #stage(place: number, dtype: Dtype): Data {
    const slot = place * 2 + (dtype === "float64" ? 1 : 0);
    return (this.#staged[slot] ??= this.#arena.allocate(dtype, CHUNK));
  }

  #register(pool: Pool, module: WebAssembly.Module, memory: WebAssembly.Memory): number {
    let ids = this.#ids.get(pool);
    if (ids === undefined) {
      this.#ids.set(pool, (ids = new Map()));
      released.register(this, { pool: new WeakRef(pool), ids });
    }
    const known = ids.get(module);
    if (known !== undefined) return known;
    const id = pool.register(module, memory);
    ids.set(module, id);
    return id;
  }

  #compile(program: Program, holds: (name: string) => boolean): Kernel {
    const { source, arrays, scalars } = printWat(program, holds);
    let module = modules.get(source);
    if (module === undefined)
      modules.set(source, (module = new WebAssembly.Module(assemble(source))));
    const compiled = module;
    const { memory } = this.#arena;
    const { exports } = new WebAssembly.Instance(compiled, { arena: { memory } });
    const names = program.arrays.map(({ name }) => name);
    return {
      step: exports.step as Kernel["step"],
      call: [],
      foreign: [],
      idIn: (pool) => this.#register(pool, compiled, memory),
      places: arrays.map((name) => names.indexOf(name)),
      scalars: scalars.map((name) => program.scalars.indexOf(name)),
    };
  }
}

/** The calls that do a job piece by piece. */
function cut({ call, places }: Kernel, { arrays }: Job): number[][] {
  const { length: n, BYTES_PER_ELEMENT: bytes } = arrays[0]!;
  return Array.from({ length: Math.ceil(n / UNIT) }, (_, i) => {
    const unit = call.slice();
    unit[0] = Math.min(UNIT, n - i * UNIT) * bytes;
    for (let k = 1; k <= places.length; k++) unit[k]! += i * UNIT * bytes;
    return unit;
  });
}

/** A part of an array, which is the array itself where that is enough. */
function piece(data: Data, from: number, length: number): Data {
  return length === data.length ? data : data.subarray(from, from + length);
}
