/// <reference types="@webgpu/types" />
/** Which workgroup steps which elements: a table for each kernel, sent again only when it changes. */
import type { Mirror, Store } from "./arena.ts";

/** A parameter and where it starts in its buffer, in bytes. */
interface Placed {
  mirrors: readonly Mirror[];
  at: number;
}

/** Threads that start together. */
export const WORKGROUP = 256;
/** Elements of a workgroup: each thread takes every 256th of them. */
export const BLOCK = 4 * WORKGROUP;
/** WebGPU's limit on workgroups along one dimension; more go into the second. */
const MOST_GROUPS = 65_535;
/** Numbers of a block: the first element, the one after the last, the row of its scalars. */
const FIELDS = 3;

export class Blocks {
  readonly store: Store;
  #placed: readonly Placed[] = [];
  #count = 0;

  constructor(store: Store) {
    this.store = store;
  }

  get bytes(): number {
    return 4 * FIELDS * this.#count;
  }

  /** How many workgroups there are to be, at least one for each block. */
  get groups(): [x: number, y: number] {
    const rows = Math.ceil(this.#count / MOST_GROUPS);
    return [Math.ceil(this.#count / rows), rows];
  }

  /** The table for these parameters, each of which has a row of its own. */
  set(placed: readonly Placed[]): void {
    const before = this.#placed;
    const same = (one: Placed, i: number) =>
      one.mirrors[0] === before[i]!.mirrors[0] && one.at === before[i]!.at;
    if (placed.length === before.length && placed.every(same)) return;
    const table: number[] = [];
    placed.forEach(({ mirrors, at }, row) => {
      const { length } = mirrors[0]!.array;
      const start = at / 4;
      for (let from = 0; from < length; from += BLOCK) {
        table.push(start + from, start + Math.min(from + BLOCK, length), row);
      }
    });
    this.#count = table.length / FIELDS;
    this.store.reserve(this.bytes);
    this.store.arena.context.write(this.store.buffer, 0, Uint32Array.from(table));
    this.#placed = placed;
  }
}
