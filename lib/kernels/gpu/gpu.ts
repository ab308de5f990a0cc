/// <reference types="@webgpu/types" />
/** The machine's GPU: how it is opened, and what it says about itself. */
import type { Tensor } from "../../autograd/index.ts";
import { matmul } from "../matmul/gpu.ts";
import { dot, norm2, sum } from "../reduce/gpu.ts";
import { Context, type GpuInfo } from "./context.ts";
import { GpuDevice } from "./device.ts";
import { type Numbers, Scratch, type Source } from "./scratch.ts";

/** Dawn's entry object: it must outlive its devices, or the process crashes when it is collected. */
declare global {
  var downhillGpu: GPU | undefined;
}

/** What WebGPU stands on, by operating system. */
const backends: Partial<Record<NodeJS.Platform, string>> = { darwin: "metal", win32: "d3d12" };

class Gpu {
  readonly name = "gpu";
  #context: Context | undefined;
  #opening: Promise<GpuInfo> | undefined;

  /**
   * Resolves with `info` when the GPU is open, and opens it if need be: for the first time, or again
   * after it was lost. Rejects where there is none, and names the device that always works.
   */
  get ready(): Promise<GpuInfo> {
    if (this.#context?.failure) this.#opening = undefined;
    if (this.#opening === undefined) {
      const opening = open().then((context) => (this.#context = context).info);
      this.#opening = opening;
      opening.catch(() => (this.#opening = undefined));
    }
    return this.#opening;
  }

  /** Name, vendor, backend and limits. Throws before `ready`. */
  get info(): GpuInfo {
    return this.#open().info;
  }

  /** Waits until the GPU has computed everything that it was given: for measuring. */
  synchronize(): Promise<void> {
    return this.#open().finished();
  }

  /**
   * The sum of all elements, computed where they are. The order of additions is PyTorch's on a CPU,
   * so that every bit is.
   */
  sum(x: Source): Promise<number> {
    return this.#number((scratch) => sum(scratch, scratch.numbers(x)), x);
  }

  /** The length of all elements as one vector, with the bits of PyTorch on a CPU. */
  norm(x: Source): Promise<number> {
    return this.#number((scratch) => norm2(scratch, scratch.numbers(x)), x);
  }

  /** The sum of the products of two vectors of one length, added up in the order of `sum`. */
  dot(x: Source, y: Source): Promise<number> {
    if (sizeOf(x) !== sizeOf(y)) {
      throw new RangeError(
        `dot: ${sizeOf(x)} and ${sizeOf(y)} elements. Both have the same number`,
      );
    }
    return this.#number((scratch) => dot(scratch, scratch.numbers(x), scratch.numbers(y)), x);
  }

  /**
   * The product of two matrices. Sums are formed in float32 in four parts, as PyTorch forms those of
   * small matrices; `Tensor.matmul` adds in double.
   */
  matmul(a: Tensor, b: Tensor): Promise<Tensor> {
    return matmul(this.scratch(), a, b);
  }

  /** For kernels written by hand. */
  scratch(): Scratch {
    return new Scratch(this.#open());
  }

  #number(compute: (scratch: Scratch) => Numbers, x: Source): Promise<number> {
    const scratch = this.scratch();
    if (sizeOf(x) === 0) return Promise.resolve(0);
    return scratch.read(compute(scratch)).then(([number]) => number!);
  }

  /** A device for one optimizer. */
  makeDevice(): GpuDevice {
    const context = this.#open();
    context.check();
    return new GpuDevice(context);
  }

  #open(): Context {
    if (this.#context !== undefined) return this.#context;
    throw new Error("gpu: it is not open yet. Open it first: await gpu.ready");
  }

  toString(): string {
    if (this.#context === undefined) return "gpu: not open yet. await gpu.ready opens it";
    const { failure, info } = this.#context;
    if (failure !== null) return failure.message;
    const { name, backend, driver, software, limits } = info;
    const kind = software ? "a program on the CPU" : "hardware";
    return (
      `gpu: ${name} (${kind}), ${backend}, ${driver}; ` +
      `up to ${limits.bytesPerArray / 2 ** 20} MiB an array`
    );
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/**
 * The GPU of this machine, through WebGPU. `await gpu.ready` opens it and shows what it is; after
 * `set_default_device(gpu)` the optimizers that are made step there, in float32. Their numbers come
 * back with `await w.read()`. Nothing is loaded before `ready` is asked for.
 *
 * @example
 * gpu.name // "gpu"
 */
export const gpu = new Gpu();
export type { Gpu };

const sizeOf = (x: Source) => (x instanceof Float32Array ? x.length : x.size);

async function open(): Promise<Context> {
  const { create, globals } = await import("webgpu").catch((cause: unknown) => {
    throw new Error(
      'gpu: the package "webgpu" is not installed, which is optional: npm install webgpu. ' +
        'Without it use the CPU: set_default_device("wasm")',
      { cause },
    );
  });
  Object.assign(globalThis, globals);
  const backend = backends[process.platform] ?? "vulkan";
  globalThis.downhillGpu ??= create([`backend=${backend}`]);
  const adapter = await globalThis.downhillGpu.requestAdapter({
    powerPreference: "high-performance",
  });
  if (adapter === null) {
    throw new Error(
      `gpu: no adapter was found: ${backend} knows no GPU here, or no driver for it. ` +
        'Use the CPU: set_default_device("wasm")',
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } =
    adapter.limits;
  const requiredLimits = {
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxStorageBuffersPerShaderStage,
  };
  const device = await adapter.requestDevice({ requiredLimits });
  const { vendor, architecture, description, isFallbackAdapter, device: id } = adapter.info;
  return new Context(device, {
    name: id || architecture || vendor,
    vendor,
    architecture,
    driver: description,
    backend,
    software: isFallbackAdapter,
    limits: {
      bytesPerArray: Math.min(maxStorageBufferBindingSize, maxBufferSize),
      arrays: maxStorageBuffersPerShaderStage,
    },
  });
}
