/// <reference types="@webgpu/types" />
import type { Tensor } from "../../autograd/index.ts";
import type { Device, Job } from "../device.ts";
import { prepare, type Prepared, Repeat } from "../prepare.ts";
import type { Program } from "../specialise.ts";
import { Arena, Mirror, type Place, Store } from "./arena.ts";
import type { Context } from "./context.ts";
import { Blocks } from "./blocks.ts";
import { move, type Move, Upload } from "./transfer.ts";
import { checkDtype, printWgsl } from "./wgsl.ts";

interface Kernel {
  pipeline: GPUComputePipeline;
  /** Places in the program's scalars, in the order of a row. */
  scalars: number[];
  blocks: Blocks;
  rows: Store;
  bound: { key: readonly unknown[]; group: GPUBindGroup } | undefined;
}

/** A parameter's part in a dispatch, kept in its job until an array changes. */
interface Turn {
  param: Tensor;
  gradient: Tensor;
  /** Theta, then state. */
  mirrors: readonly Mirror[];
  /** Where they are in the buffers of the arena, in bytes. */
  at: number;
}

/** What one dispatch does: its turns, and their rows of scalars one after the other. */
interface Work {
  turns: Turn[];
  rows: number[];
}

/** The place of the gradient among a program's arrays, and that of a mirror. */
const GRADIENT = 1;
const arrayOf = (mirror: number) => (mirror < GRADIENT ? mirror : mirror + 1);

/**
 * WebGPU, through Dawn: one dispatch steps all parameters that take the same branches. Parameters and
 * state stay on the GPU from the first step on; `await w.read()` brings all of them to the host.
 * Until then `w.data` throws, and what is written to it afterwards is sent with the next step.
 * Gradients are sent at each step. float32 only.
 */
export class GpuDevice implements Device {
  readonly name = "gpu";
  readonly remote = true;
  readonly #context: Context;
  readonly #arena: Arena;
  readonly #prepared = new WeakMap<Program, Prepared<Kernel>>();
  /** The gradient that the GPU has of a parameter, and its version. */
  readonly #sent = new WeakMap<Mirror, { gradient: Tensor; version: number }>();

  constructor(context: Context) {
    this.#context = context;
    this.#arena = new Arena(context);
  }

  allocate(_dtype: string, length: number): Float32Array {
    return new Float32Array(length);
  }

  admit(elements: number, arrays: number): void {
    this.#context.check();
    this.#context.admit(elements, arrays);
  }

  adopt(param: Tensor): void {
    this.#mirrorOf(param);
    param.offerGradHome(new Float32Array(param.size));
  }

  run(program: Program, jobs: readonly Job[]): void {
    this.#context.check();
    const prepared = prepare(program, this.#prepared);
    const repeat = new Repeat(prepared);
    const work = new Map<Kernel, Work>();
    for (const job of jobs) {
      this.#arena.note(job.cells);
      repeat.scalars(job);
      if (job.arrays[0]!.length === 0) continue;
      const kernel = prepared.kernel((holds) => this.#compile(program, holds));
      let own = work.get(kernel);
      if (own === undefined) work.set(kernel, (own = { turns: [], rows: [] }));
      own.turns.push(this.#turnOf(job));
      for (const place of kernel.scalars) own.rows.push(prepared.values[place]!);
    }
    this.#submit(program, work);
  }

  #turnOf(job: Job): Turn {
    const [param, gradient, ...state] = job.tensors as [Tensor, Tensor, ...Tensor[]];
    const known = job.memo as Turn | undefined;
    if (known !== undefined) {
      known.gradient = gradient;
      return known;
    }
    const mirrors = [param, ...state].map((tensor) => this.#mirrorOf(tensor));
    const turn = { param, gradient, mirrors, at: 4 * this.#arena.offsetOf(mirrors[0]!) };
    job.memo = turn;
    return turn;
  }

  /** The mirror of a tensor, which makes its array the device's own. */
  #mirrorOf(tensor: Tensor): Mirror {
    const { remote } = tensor;
    if (remote instanceof Mirror && remote.isIn(this.#context)) return remote;
    checkDtype(tensor.dtype);
    const mirror = new Mirror(this.#context, tensor.data.slice());
    tensor.keepIn(mirror);
    return mirror;
  }

  /** Whether the GPU has the gradient from the step before, which only `backward` can change. */
  #isSent({ param, gradient, mirrors }: Turn): boolean {
    const sent = this.#sent.get(mirrors[0]!);
    const same = sent?.gradient === gradient && sent.version === gradient.version;
    return same && param.peekGrad() === gradient && param.gradIsAtHome;
  }

  #compile(program: Program, holds: (name: string) => boolean): Kernel {
    const { source, scalars } = printWgsl(program, holds);
    return {
      pipeline: this.#context.pipeline(source),
      scalars: scalars.map((name) => program.scalars.indexOf(name)),
      blocks: new Blocks(new Store(this.#arena)),
      rows: new Store(this.#arena),
      bound: undefined,
    };
  }

  #submit({ arrays }: Program, work: ReadonlyMap<Kernel, Work>): void {
    const turns = [...work.values()].flatMap((own) => own.turns);
    if (turns.length === 0) return;
    this.#context.admit(this.#arena.elements, arrays.length);
    const stores = arrays.map(({ name }) => this.#arena.store(name));
    this.#bring(turns, stores);
    const encoder = this.#context.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const [kernel, own] of work) this.#dispatch(pass, kernel, own, stores);
    pass.end();
    this.#context.device.queue.submit([encoder.finish()]);
    for (const { mirrors, gradient } of turns) {
      mirrors.forEach((mirror, m) => arrays[arrayOf(m)]!.written && mirror.changed());
      this.#sent.set(mirrors[0]!, { gradient, version: gradient.version });
    }
    this.#arena.advance();
  }

  /** Brings every array to its place: from another one on the GPU, or from the host. */
  #bring(turns: readonly Turn[], stores: readonly Store[]): void {
    const moves: Move[] = [];
    const uploads: Move[] = [];
    let present: Set<Mirror> | undefined;
    // Buffer by buffer, so that neighbours are sent together.
    stores.forEach((store, k) => {
      if (k === GRADIENT) return;
      for (const { mirrors, at } of turns) {
        const mirror = mirrors[k === 0 ? 0 : k - 1]!;
        if (mirror.isAt(store, at) && !mirror.behind) continue;
        const other = store.occupants.get(at);
        present ??= new Set(turns.flatMap((turn) => turn.mirrors));
        if (other?.isAt(store, at) && other.ahead && !present.has(other)) {
          moves.push({ mirror: other, to: this.#refuge(other) });
        }
        (mirror.behind ? uploads : moves).push({ mirror, to: { store, at } });
      }
    });
    move(this.#context, moves);
    const upload = new Upload(this.#context);
    for (const { mirror, to } of uploads) {
      mirror.moveTo(to);
      upload.add(to, mirror.array as Float32Array);
    }
    const store = stores[GRADIENT]!;
    for (const turn of turns) {
      if (this.#isSent(turn)) continue;
      upload.add({ store, at: turn.at }, turn.gradient.data as Float32Array);
    }
    upload.flush();
  }

  /** A place for numbers that nobody has read and whose place is taken. */
  #refuge({ array }: Mirror): Place {
    const store = new Store(new Arena(this.#context));
    store.reserve(array.byteLength);
    return { store, at: 0 };
  }

  #dispatch(
    pass: GPUComputePassEncoder,
    kernel: Kernel,
    { turns, rows: numbers }: Work,
    stores: readonly Store[],
  ): void {
    const { pipeline, blocks, rows } = kernel;
    blocks.set(turns);
    const tables = [{ buffer: blocks.store.buffer, size: blocks.bytes }];
    if (numbers.length > 0) {
      const size = 4 * numbers.length;
      rows.reserve(size);
      this.#context.write(rows.buffer, 0, Float32Array.from(numbers));
      tables.push({ buffer: rows.buffer, size });
    }
    const size = 4 * this.#arena.elements;
    const resources = [...tables, ...stores.map(({ buffer }) => ({ buffer, size }))];
    const key = resources.flatMap(({ buffer, size }) => [buffer, size]);
    if (kernel.bound === undefined || key.some((part, i) => part !== kernel.bound!.key[i])) {
      const layout = pipeline.getBindGroupLayout(0);
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      kernel.bound = { key, group: this.#context.device.createBindGroup({ layout, entries }) };
    }
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, kernel.bound.group);
    pass.dispatchWorkgroups(...blocks.groups);
  }
}
