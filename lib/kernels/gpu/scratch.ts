/// <reference types="@webgpu/types" />
/** One computation on a GPU by hand-written kernels, outside any optimizer. */
import { Tensor } from "../../autograd/index.ts";
import { Mirror } from "./arena.ts";
import type { Context } from "./context.ts";
import { download } from "./download.ts";

/** Numbers on the GPU: a part of a buffer. */
export interface Numbers {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

/** What a computation starts from: float32 numbers, here or on the GPU. */
export type Source = Float32Array | Tensor;

export class Scratch {
  readonly context: Context;
  readonly #taken: GPUBuffer[] = [];
  readonly #encoder: GPUCommandEncoder;
  readonly #pass: GPUComputePassEncoder;

  constructor(context: Context) {
    context.check();
    this.context = context;
    this.#encoder = context.device.createCommandEncoder();
    this.#pass = this.#encoder.beginComputePass();
  }

  /** The numbers of a tensor where they are, if that is on the GPU; others are sent there. */
  numbers(source: Source): Numbers {
    if (!(source instanceof Tensor)) return this.#sent(source);
    const { remote } = source;
    if (remote instanceof Mirror && remote.isIn(this.context) && remote.ahead) {
      const { store, at } = remote.place!;
      return { buffer: store.buffer, offset: at, size: remote.array.byteLength };
    }
    if (source.dtype === "float32") return this.#sent(source.data as Float32Array);
    throw new TypeError(`dtype: ${source.dtype}. A GPU computes in float32; use to("float32")`);
  }

  /** Whole numbers for a kernel to read. */
  whole(...values: number[]): Numbers {
    return this.#sent(Uint32Array.from(values));
  }

  /** Room for so many numbers, with anything in it. */
  room(count: number): Numbers {
    const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const size = 4 * Math.max(count, 1);
    const buffer = this.context.take(size, STORAGE | COPY_DST | COPY_SRC);
    this.#taken.push(buffer);
    return { buffer, offset: 0, size };
  }

  #sent(values: Float32Array | Uint32Array): Numbers {
    const numbers = this.room(values.length);
    this.context.write(numbers.buffer, 0, values);
    return numbers;
  }

  /** Runs a kernel over numbers, which are its bindings in order. */
  run(code: string, bindings: readonly Numbers[], groups: readonly [x: number, y?: number]): void {
    const pipeline = this.context.pipeline(code);
    const entries = bindings.map((resource, binding) => ({ binding, resource }));
    const layout = pipeline.getBindGroupLayout(0);
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, this.context.device.createBindGroup({ layout, entries }));
    this.#pass.dispatchWorkgroups(...groups);
  }

  /** Computes everything, and brings these numbers to the host. The scratch is used up. */
  async read({ buffer, offset, size }: Numbers): Promise<Float32Array> {
    this.#pass.end();
    this.context.device.queue.submit([this.#encoder.finish()]);
    let result: Float32Array | undefined;
    await download(this.context, [{ buffer, at: offset, bytes: size }], ([numbers]) => {
      result = numbers!.slice();
    });
    for (const taken of this.#taken) this.context.giveBack(taken);
    return result!;
  }
}
