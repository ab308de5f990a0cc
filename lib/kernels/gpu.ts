/// <reference types="@webgpu/types" />
import { remotes } from "../autograd/index.ts";
import type { Data, Device, Job } from "./device.ts";
import { prepare, type Prepared, Repeat } from "./prepare.ts";
import type { Program } from "./specialise.ts";
import { printWgsl, WORKGROUP } from "./wgsl.ts";

/** WebGPU's limit on workgroups along one dimension; more go into the second. */
const MOST_GROUPS = 65_535;

interface Kernel {
  pipeline: GPUComputePipeline;
  /** Places in the program's scalars, in the order of the uniform buffer. */
  scalars: number[];
  /** What each parameter was bound to, so that buffers are made once. */
  bound: WeakMap<Data, Bound>;
}

interface Bound {
  group: GPUBindGroup;
  /** The arrays that the group was made for. */
  arrays: readonly Data[];
  uniform: GPUBuffer;
  gradient: GPUBuffer;
}

/**
 * WebGPU, through Dawn. Parameters and state stay on the GPU from the first step on: `await w.read()`
 * fetches them into `w.data`. Gradients are sent at each step. float32 only.
 */
export class GpuDevice implements Device {
  readonly name = "gpu";
  readonly #gpu: GPUDevice;
  readonly #buffers = new WeakMap<Data, GPUBuffer>();
  readonly #prepared = new WeakMap<Program, Prepared<Kernel>>();
  /** Buffers for reading, by size: destroyed ones still cost memory. */
  readonly #readers = new Map<number, GPUBuffer[]>();

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  allocate(_dtype: string, length: number): Data {
    return new Float32Array(length);
  }

  adopt(): void {}

  run(program: Program, jobs: readonly Job[]): void {
    const prepared = prepare(program, this.#prepared);
    const repeat = new Repeat(prepared);
    const encoder = this.#gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const job of jobs) {
      repeat.scalars(job);
      const n = job.arrays[0]!.length;
      if (n === 0) continue;
      const kernel = prepared.kernel((holds) => this.#compile(program, holds));
      const { group } = this.#bind(kernel, job, prepared.values);
      const groups = Math.ceil(n / WORKGROUP);
      const rows = Math.ceil(groups / MOST_GROUPS);
      pass.setPipeline(kernel.pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(Math.ceil(groups / rows), rows);
    }
    pass.end();
    this.#gpu.queue.submit([encoder.finish()]);
  }

  #compile(program: Program, holds: (name: string) => boolean): Kernel {
    const { source, scalars } = printWgsl(program, holds);
    const module = this.#gpu.createShaderModule({ code: source });
    const compute = { module, entryPoint: "main" };
    return {
      pipeline: this.#gpu.createComputePipeline({ layout: "auto", compute }),
      scalars: scalars.map((name) => program.scalars.indexOf(name)),
      bound: new WeakMap(),
    };
  }

  #bind(kernel: Kernel, { arrays }: Job, values: Float64Array): Bound {
    const [theta, g] = arrays as [Data, Data];
    const kept = [theta, ...arrays.slice(2)];
    let bound = kernel.bound.get(theta);
    if (bound === undefined || kept.some((array, i) => array !== bound!.arrays[i])) {
      const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage;
      const size = 4 * Math.ceil((1 + kernel.scalars.length) / 4) * 4;
      const uniform = this.#gpu.createBuffer({ size, usage: UNIFORM | COPY_DST });
      const gradient = this.#gpu.createBuffer({ size: g.byteLength, usage: STORAGE | COPY_DST });
      const [first, ...state] = kept.map((array) => this.#bufferOf(array));
      const entries = [uniform, first!, gradient, ...state].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      }));
      const layout = kernel.pipeline.getBindGroupLayout(0);
      bound = {
        group: this.#gpu.createBindGroup({ layout, entries }),
        arrays: kept,
        uniform,
        gradient,
      };
      kernel.bound.set(theta, bound);
    }
    const numbers = new Float32Array([0, ...kernel.scalars.map((place) => values[place]!)]);
    new Uint32Array(numbers.buffer)[0] = theta.length;
    this.#gpu.queue.writeBuffer(bound.uniform, 0, numbers);
    this.#gpu.queue.writeBuffer(bound.gradient, 0, g as Float32Array<ArrayBuffer>);
    return bound;
  }

  /** The buffer that holds an array on the GPU, which from then on is the one that counts. */
  #bufferOf(data: Data): GPUBuffer {
    const known = this.#buffers.get(data);
    if (known !== undefined) return known;
    const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const usage = STORAGE | COPY_DST | COPY_SRC;
    const buffer = this.#gpu.createBuffer({ size: data.byteLength, usage });
    this.#gpu.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    this.#buffers.set(data, buffer);
    remotes.set(data, () => this.#fetch(data, buffer));
    return buffer;
  }

  async #fetch(data: Data, buffer: GPUBuffer): Promise<void> {
    const size = data.byteLength;
    const free = this.#readers.get(size) ?? [];
    this.#readers.set(size, free);
    const { COPY_DST, MAP_READ } = GPUBufferUsage;
    const reader = free.pop() ?? this.#gpu.createBuffer({ size, usage: COPY_DST | MAP_READ });
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, reader, 0, size);
    this.#gpu.queue.submit([encoder.finish()]);
    await reader.mapAsync(GPUMapMode.READ);
    data.set(new Float32Array(reader.getMappedRange()));
    reader.unmap();
    free.push(reader);
  }
}

/** Dawn's entry object: it must outlive its devices, or the process crashes when it is collected. */
declare global {
  var downhillGpu: GPU | undefined;
}

let opened: Promise<GpuDevice> | undefined;

/** The GPU of this machine, opened once. Throws where there is none, and says what else there is. */
export function openGpu(): Promise<GpuDevice> {
  return (opened ??= open());
}

async function open(): Promise<GpuDevice> {
  const webgpu = await import("webgpu").catch((cause: unknown) => {
    throw new Error('gpu: the package "webgpu" is not installed. Use the device "wasm" (CPU)', {
      cause,
    });
  });
  Object.assign(globalThis, webgpu.globals);
  globalThis.downhillGpu ??= webgpu.create([]);
  const adapter = await globalThis.downhillGpu.requestAdapter();
  if (adapter === null) {
    throw new Error(
      "gpu: no adapter was found, so there is no GPU or no driver for it. " +
        'Use the device "wasm" (CPU)',
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize };
  return new GpuDevice(await adapter.requestDevice({ requiredLimits }));
}
