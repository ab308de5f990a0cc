import { type Device, js } from "./device.ts";
import { gpu } from "./gpu/gpu.ts";
import { unknown } from "./unknown.ts";
import { WasmDevice } from "./wasm.ts";

const makers = {
  js: () => js,
  wasm: () => new WasmDevice(),
  gpu: () => gpu.makeDevice(),
};

/** `auto`: wasm for large models, js for small ones. */
export type DeviceName = keyof typeof makers | "auto";

/** Below so many elements a step is faster than the way to a kernel, and arrays stay where they are. */
const SMALL = 4096;

let chosen: DeviceName = "auto";

/**
 * Chooses where optimizers that are made from now on run, by name or by the object itself. Every
 * device gives the same bits. A GPU must be open: `await gpu.ready`.
 *
 * Errors: an unknown name; a GPU that is not open.
 *
 * @example
 * set_default_device("js");
 * get_default_device() // "js"
 * set_default_device("auto");
 */
export function set_default_device(device: DeviceName | { readonly name: DeviceName }): void {
  const name = (device as { name?: DeviceName } | undefined)?.name ?? (device as DeviceName);
  const known = [...Object.keys(makers), "auto"];
  if (!known.includes(name)) throw new TypeError(unknown("device", String(name), known));
  if (name === "gpu") gpu.info;
  chosen = name;
}

/**
 * Where optimizers that are made now would run.
 *
 * @example
 * get_default_device() // "auto"
 */
export function get_default_device(): DeviceName {
  return chosen;
}

/** A device for an optimizer with so many elements. */
export function makeDevice(elements: number): Device {
  if (chosen !== "auto") return makers[chosen]();
  return elements < SMALL ? makers.js() : makers.wasm();
}
