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

/** A parameter's part in a dispatch. */
interface Turn {
  /** Theta, then state. */
  mirrors: readonly Mirror[];
  gradient: Tensor;
  scalars: readonly number[];
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
  }

  run(program: Program, jobs: readonly Job[]): void {
    this.#context.check();
    const prepared = prepare(program, this.#prepared);
    const repeat = new Repeat(prepared);
    const turns = new Map<Kernel, Turn[]>();
    for (const job of jobs) {
      this.#arena.note(job.cells);
      repeat.scalars(job);
      const [param, gradient, ...state] = job.tensors as [Tensor, Tensor, ...Tensor[]];
      if (param.size === 0) continue;
      const kernel = prepared.kernel((holds) => this.#compile(program, holds));
      const mirrors = [param, ...state].map((tensor) => this.#mirrorOf(tensor));
      const scalars = kernel.scalars.map((place) => prepared.values[place]!);
      const turn = { mirrors, gradient, scalars };
      if (!turns.get(kernel)?.push(turn)) turns.set(kernel, [turn]);
    }
    this.#submit(program, turns);
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

  #submit({ arrays }: Program, work: ReadonlyMap<Kernel, readonly Turn[]>): void {
    const turns = [...work.values()].flat();
    if (turns.length === 0) return;
    const offsets = turns.map(({ mirrors }) => this.#arena.offsetOf(mirrors[0]!));
    this.#context.admit(this.#arena.elements, arrays.length);
    const stores = arrays.map(({ name }) => this.#arena.store(name));
    this.#bring(turns, (turn, k) => ({ store: stores[k]!, at: 4 * offsets[turn]! }));
    const encoder = this.#context.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const [kernel, own] of work) this.#dispatch(pass, kernel, own, stores);
    pass.end();
    this.#context.device.queue.submit([encoder.finish()]);
    for (const { mirrors } of turns) {
      mirrors.forEach((mirror, m) => arrays[arrayOf(m)]!.written && mirror.changed());
    }
    this.#arena.advance();
  }

  /** Brings every array to its place: from another one on the GPU, or from the host. */
  #bring(turns: readonly Turn[], placeOf: (turn: number, k: number) => Place): void {
    const moves: Move[] = [];
    const uploads: { place: Place; mirror: Mirror }[] = [];
    const present = new Set(turns.flatMap(({ mirrors }) => mirrors));
    const upload = new Upload(this.#context);
    turns.forEach(({ mirrors }, turn) => {
      mirrors.forEach((mirror, m) => {
        const place = placeOf(turn, arrayOf(m));
        if (mirror.isAt(place) && !mirror.behind) return;
        const other = place.store.occupants.get(place.at);
        if (other?.isAt(place) && other.ahead && !present.has(other)) {
          moves.push({ mirror: other, to: this.#refuge(other) });
        }
        if (mirror.behind) uploads.push({ place, mirror });
        else moves.push({ mirror, to: place });
      });
    });
    move(this.#context, moves);
    // In the order of the buffers, so that neighbours are sent together.
    uploads.sort((a, b) => Number(a.place.store !== b.place.store));
    for (const { place, mirror } of uploads) {
      mirror.moveTo(place);
      upload.add(place, mirror.array as Float32Array);
    }
    turns.forEach(({ gradient }, turn) => {
      upload.add(placeOf(turn, GRADIENT), gradient.data as Float32Array);
    });
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
    turns: readonly Turn[],
    stores: readonly Store[],
  ): void {
    const { pipeline, blocks, rows, scalars } = kernel;
    const params = turns.map(({ mirrors }) => mirrors[0]!);
    blocks.set(params, (param) => param.place!.at / 4);
    const tables = [{ buffer: blocks.store.buffer, size: blocks.bytes }];
    if (scalars.length > 0) {
      const bytes = 4 * scalars.length * turns.length;
      rows.reserve(bytes);
      const numbers = Float32Array.from(turns.flatMap((turn) => turn.scalars));
      this.#context.write(rows.buffer, 0, numbers);
      tables.push({ buffer: rows.buffer, size: bytes });
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
