/// <reference types="@webgpu/types" />
/** A GPU that is open: its limits, its kernels, buffers to use again, and what went wrong with it. */
import type { Arena } from "./arena.ts";

/** More bytes than 32 bits can count are refused, whatever the GPU has. */
const MOST_BYTES = 2 ** 32;
/** What a kernel reaches beside its arrays: the blocks, and the rows of scalars. */
const TABLES = 2;
/** How long the reason of a loss may take to arrive after its first sign, in ms. */
const PATIENCE = 1000;

/** What a GPU says about itself. */
export interface GpuInfo {
  name: string;
  vendor: string;
  architecture: string;
  driver: string;
  /** The interface below WebGPU: "vulkan", "metal" or "d3d12". */
  backend: string;
  /** Whether it is a program that runs on the CPU. */
  software: boolean;
  limits: {
    /** Bytes in one array of an optimizer, such as all parameters or all of `exp_avg`. */
    bytesPerArray: number;
    /** Arrays that one kernel can reach, its two tables included. */
    arrays: number;
  };
}

/** Whose arenas are told when the GPU is lost. */
type Arenas = Set<WeakRef<Arena>>;

export class Context {
  readonly device: GPUDevice;
  readonly info: GpuInfo;
  /** Why nothing more can be computed; null while all is well. */
  failure: Error | null = null;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** Buffers that nobody uses, by size and usage: destroyed ones still cost memory. */
  readonly #free = new Map<string, GPUBuffer[]>();
  readonly #arenas: Arenas = new Set();

  constructor(device: GPUDevice, info: GpuInfo) {
    this.device = device;
    this.info = info;
    void device.lost.then(({ reason, message }) => this.#fail(`was lost (${reason}): ${message}`));
    device.addEventListener("uncapturederror", ({ error }) =>
      this.#fail(`refused a command: ${error.message}`),
    );
  }

  /** Throws if the GPU can compute nothing more. */
  check(): void {
    if (this.failure !== null) throw this.failure;
  }

  /** Refuses more elements, with so many arrays of each, than fit. */
  admit(elements: number, arrays: number): void {
    const { bytesPerArray, arrays: most } = this.info.limits;
    if (arrays + TABLES > most) {
      throw new RangeError(
        `state: a rule with ${arrays} arrays. A kernel of this GPU reaches ${most - TABLES}. ` +
          'Use the CPU: set_default_device("wasm")',
      );
    }
    const bytes = 4 * elements * arrays;
    if (bytes <= MOST_BYTES && 4 * elements <= bytesPerArray) return;
    const limit = bytes > MOST_BYTES ? `${MOST_BYTES} in all` : `${bytesPerArray} an array`;
    throw new RangeError(
      `parameters: ${elements} elements with ${arrays - 1} numbers of gradient and state each are ` +
        `${arrays} arrays of ${4 * elements} bytes. The GPU takes ${limit}. ` +
        'Give each of several optimizers a part, or use the CPU: set_default_device("js")',
    );
  }

  /** Is told of a failure, as long as it exists. */
  join(arena: Arena): void {
    this.#arenas.add(new WeakRef(arena));
  }

  pipeline(code: string): GPUComputePipeline {
    let pipeline = this.#pipelines.get(code);
    if (pipeline === undefined) {
      const module = this.device.createShaderModule({ code });
      const compute = { module, entryPoint: "main" };
      pipeline = this.device.createComputePipeline({ layout: "auto", compute });
      this.#pipelines.set(code, pipeline);
    }
    return pipeline;
  }

  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number, usage: number): GPUBuffer {
    const size = sizeClass(bytes, this.device.limits.maxBufferSize);
    return this.#free.get(`${size} ${usage}`)?.pop() ?? this.device.createBuffer({ size, usage });
  }

  /** Takes back a buffer that nobody uses any more. */
  giveBack(buffer: GPUBuffer): void {
    const key = `${buffer.size} ${buffer.usage}`;
    const free = this.#free.get(key);
    if (free === undefined) this.#free.set(key, [buffer]);
    else free.push(buffer);
  }

  /** Sends numbers to a buffer, `at` bytes from its start. */
  write(buffer: GPUBuffer, at: number, numbers: Float32Array | Uint32Array): void {
    // Dawn crashes on memory that threads share.
    const own = numbers.buffer instanceof ArrayBuffer ? numbers : numbers.slice();
    this.device.queue.writeBuffer(buffer, at, own as Float32Array<ArrayBuffer>);
  }

  /** Waits until everything is computed. */
  async finished(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    this.check();
  }

  /** The error behind a read that failed, which is the loss of the GPU if that is why. */
  async reason(cause: unknown): Promise<unknown> {
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE).unref());
    await Promise.race([this.device.lost, late]);
    return this.failure ?? cause;
  }

  #fail(what: string): void {
    if (this.failure !== null) return;
    this.failure = new Error(
      `gpu: ${this.info.name} ${what} Parameters and state are as they were when they were last ` +
        "read. Go on with a new optimizer and load_state_dict: on the CPU after " +
        'set_default_device("wasm"), on the GPU after await gpu.ready',
    );
    for (const arena of this.#arenas) arena.deref()?.goBack();
    this.#arenas.clear();
  }
}

/** Sizes differ by an eighth at least, so that a model of nearly the same size finds a buffer. */
function sizeClass(bytes: number, most: number): number {
  const unit = 2 ** Math.max(8, Math.floor(Math.log2(bytes)) - 3);
  return Math.min(Math.ceil(bytes / unit) * unit, most);
}
