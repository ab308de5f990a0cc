import type { Tensor } from "../autograd/index.ts";
import { Arena, SPLIT } from "./arena.ts";
import { assemble } from "./assemble.ts";
import { type Data, type Device, type Job, steppedIn } from "./device.ts";
import { MOST_BYTES } from "./memory.ts";
import { type Pool, sharedPool } from "./pool.ts";
import { prepare, type Prepared, Repeat } from "./prepare.ts";
import { Rows } from "./rows.ts";
import type { Dtype } from "./rule.ts";
import type { Program } from "./specialise.ts";
import { MOST_UNITS } from "./units.ts";
import { printWat } from "./wat.ts";

/** From so many elements on, threads share a step. */
const PARALLEL = 1 << 18;
/** Elements of a unit at least. */
const UNIT = 1 << 15;

interface Kernel {
  step: (...call: number[]) => void;
  /** Its arguments: where the rows begin, where they end, scalars. */
  call: number[];
  /** Places of a row's arrays in a job. */
  places: number[];
  /** Its number in a pool of threads. */
  idIn: (pool: Pool) => number;
  /** Places of the arguments in the program's scalars. */
  scalars: number[];
  dtype: Dtype;
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
  readonly #rows = new Rows(this.#arena, () => this.#runRows());
  readonly #ids = new WeakMap<Pool, Ids>();
  /** The kernel that the rows are for. */
  #kernel: Kernel | undefined;

  allocate(dtype: Dtype, length: number): Data {
    return this.#arena.allocate(dtype, length);
  }

  admit(elements: number, arrays: number): void {
    const bytes = 4 * elements * arrays;
    if (bytes <= MOST_BYTES) return;
    throw new RangeError(
      `parameters: ${elements} numbers of float32 (float64 counts twice) with ${arrays - 1} of ` +
        `gradient and state each take ${bytes} bytes. An optimizer has ${MOST_BYTES} in ` +
        `WebAssembly. ${SPLIT}`,
    );
  }

  adopt(param: Tensor): void {
    const dtype = steppedIn(param);
    const home = this.allocate(dtype, param.size);
    home.set(param.data);
    param.data = home;
    param.offerGradHome(this.allocate(dtype, param.size));
  }

  /** Jobs that have the same scalars are one call. */
  run(program: Program, jobs: readonly Job[]): void {
    const prepared = prepare(program, this.#prepared);
    const repeat = new Repeat(prepared);
    this.#rows.clear();
    for (const job of jobs) {
      if (repeat.scalars(job)) {
        this.#runRows();
        this.#kernel = prepared.kernel((holds) => this.#compile(program, holds));
        const { call, scalars } = this.#kernel;
        for (let i = 0; i < scalars.length; i++) call[2 + i] = prepared.values[scalars[i]!]!;
      }
      this.#rows.add(job, this.#kernel!.places, program.dtype);
    }
    this.#runRows();
  }

  #runRows(): void {
    const rows = this.#rows;
    if (rows.elements > 0) {
      const { step, call, dtype, idIn } = this.#kernel!;
      const pool = rows.elements >= PARALLEL ? sharedPool() : undefined;
      call[0] = rows.begin;
      call[1] = rows.end;
      if (pool === undefined) step(...call);
      else pool.run(idIn(pool), step, call, cut(rows, dtype));
    }
    rows.clear();
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
      idIn: (pool) => this.#register(pool, compiled, memory),
      places: arrays.map((name) => names.indexOf(name)),
      scalars: scalars.map((name) => program.scalars.indexOf(name)),
      dtype: program.dtype,
    };
  }
}

/** Where the rows are cut into units. */
function cut(rows: Rows, dtype: Dtype): number[] {
  const bounds = [rows.begin];
  const unit = Math.max(UNIT, rows.elements / MOST_UNITS);
  for (let at = rows.begin; at < rows.end;) bounds.push((at = rows.after(at, unit, dtype)));
  return bounds;
}
