import { availableParallelism, cpus } from "node:os";
import { get_num_threads } from "./pool.ts";

/** What there is to know about the CPU device. */
export interface WasmInfo {
  name: string;
  /** Threads that share a large step, and processors that there are. */
  threads: number;
  processors: number;
  limits: {
    /** Bytes of all parameters, gradients and state of an optimizer. */
    bytes: number;
  };
}

/** WebAssembly SIMD on the processor, as an object that a cell can look at. */
class Wasm {
  readonly name = "wasm";

  /** Resolves with `info` at once: there is always a processor. */
  get ready(): Promise<WasmInfo> {
    return Promise.resolve(this.info);
  }

  get info(): WasmInfo {
    return {
      name: cpus()[0]?.model ?? process.arch,
      threads: get_num_threads(),
      processors: availableParallelism(),
      limits: { bytes: 2 ** 32 },
    };
  }

  toString(): string {
    const { name, threads, limits } = this.info;
    const count = `${threads} thread${threads === 1 ? "" : "s"}`;
    return `wasm: ${name}, ${count}, up to ${limits.bytes / 2 ** 30} GiB an optimizer`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/**
 * The CPU device, WebAssembly SIMD: always there, and the default for models that are not tiny.
 *
 * @example
 * set_default_device(wasm);
 * get_default_device() // "wasm"
 * set_default_device("auto");
 */
export const wasm = new Wasm();
