import { type Device, js } from "./device.ts";
import { unknown } from "./unknown.ts";
import { type GpuDevice, openGpu } from "./gpu.ts";
import { WasmDevice } from "./wasm.ts";

let gpu: GpuDevice | undefined;

const makers = {
  js: () => js,
  wasm: () => new WasmDevice(),
  gpu: () => {
    if (gpu === undefined) throw new Error('device: "gpu" is not open. Call await use_gpu() first');
    return gpu;
  },
};

/** `auto`: wasm for large models, js for small ones. */
export type DeviceName = keyof typeof makers | "auto";

/** Below so many elements a step is faster than the way to a kernel, and arrays stay where they are. */
const SMALL = 4096;

let chosen: DeviceName = "auto";

/**
 * Chooses where optimizers that are made from now on run. Every device gives the same bits.
 *
 * @example
 * set_default_device("js");
 * get_default_device() // "js"
 * set_default_device("auto");
 */
export function set_default_device(name: DeviceName): void {
  const known = [...Object.keys(makers), "auto"];
  if (!known.includes(name)) throw new TypeError(unknown("device", name, known));
  chosen = name;
}

export function get_default_device(): DeviceName {
  return chosen;
}

/**
 * Runs the optimizers that are made from now on on the GPU, in float32: `await w.read()` fetches what
 * they computed. Throws where there is no GPU.
 */
export async function use_gpu(): Promise<void> {
  gpu = await openGpu();
  chosen = "gpu";
}

/** A device for an optimizer with so many elements. */
export function makeDevice(elements: number): Device {
  if (chosen !== "auto") return makers[chosen]();
  return elements < SMALL ? makers.js() : makers.wasm();
}
