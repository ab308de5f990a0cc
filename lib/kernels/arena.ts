/** Memory that kernels can reach: one for each optimizer with large parameters. */
import type { Dtype } from "./rule.ts";
import type { Data } from "./device.ts";
import { growTo, MOST_BYTES, MOST_PAGES, PAGE_BYTES } from "./memory.ts";
import { AHEAD_BYTES, BLOCK_BYTES } from "./wat.ts";

/** What to do when an optimizer does not fit. */
export const SPLIT =
  'Give each of several optimizers a part, or compute in plain JavaScript: set_default_device("js")';
/** Neighbouring arrays start this much further on, or all would fall on the same cache lines. */
const STAGGER_BYTES = 4096 + 256;

const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;

/**
 * A shared WebAssembly memory that hands out arrays. Shared memory grows without detaching the views
 * that exist; the garbage collector frees it with the last of them.
 */
export class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  readonly #addresses = new WeakMap<Data, number>();
  #used = 0;

  /** `length` zeros, padded so that kernels may run over the end. */
  allocate(dtype: Dtype, length: number): Data {
    const address = this.#reserve(length * (dtype === "float64" ? 8 : 4));
    const Type = dtype === "float64" ? Float64Array : Float32Array;
    const data = new Type(this.memory.buffer, address, length);
    this.#addresses.set(data, address);
    return data;
  }

  /** Whole numbers for kernels to read. */
  allocateTable(length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, this.#reserve(4 * length), length);
  }

  #reserve(length: number): number {
    const bytes = roundUp(length, BLOCK_BYTES);
    const address = this.#used;
    const end = roundUp(address + bytes + (bytes > PAGE_BYTES ? STAGGER_BYTES : 0), 64);
    // Addresses beyond the largest memory are those of its begin.
    growTo(this.memory, Math.max(end, Math.min(end + AHEAD_BYTES, MOST_BYTES)), SPLIT);
    this.#used = end;
    return address;
  }

  /** Where an array that this arena handed out begins; undefined for any other. */
  addressOf(data: Data): number | undefined {
    return this.#addresses.get(data);
  }
}
