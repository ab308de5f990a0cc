/// <reference types="@webgpu/types" />
/** Where parameters and state are on a GPU, and which side has the newer numbers. */
import type { Data, Remote } from "../../autograd/index.ts";
import type { Context } from "./context.ts";
import { download } from "./download.ts";

/** Arrays start at multiples of so many elements, and buffers of one optimizer at the same ones. */
export const ALIGNMENT = 64;

/** A buffer that can grow, for as long as anything lives in it. */
export class Store {
  readonly arena: Arena;
  /** Whose numbers are where. */
  readonly occupants = new Map<number, Mirror>();
  /** Held apart, so that the buffer outlives the store and can be used again. */
  readonly #held: { buffer: GPUBuffer | null } = { buffer: null };

  constructor(arena: Arena) {
    this.arena = arena;
    released.register(this, { context: arena.context, held: this.#held });
  }

  get buffer(): GPUBuffer {
    return this.#held.buffer!;
  }

  /** Makes room for so many bytes; what is there stays. */
  reserve(bytes: number): void {
    const { context } = this.arena;
    const before = this.#held.buffer;
    if (before !== null && before.size >= bytes) return;
    const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const buffer = context.take(bytes, STORAGE | COPY_DST | COPY_SRC);
    this.#held.buffer = buffer;
    if (before === null) return;
    const encoder = context.device.createCommandEncoder();
    encoder.copyBufferToBuffer(before, 0, buffer, 0, before.size);
    context.device.queue.submit([encoder.finish()]);
    context.giveBack(before);
  }
}

const released = new FinalizationRegistry<{
  context: Context;
  held: { buffer: GPUBuffer | null };
}>(({ context, held }) => held.buffer && context.giveBack(held.buffer));

/** A place in a store, in bytes. */
export interface Place {
  store: Store;
  at: number;
}

/**
 * An array and its copy on a GPU. A kernel makes the copy the newer one: until it is read, `data`
 * throws. Once the array was handed out anybody may write to it, so from then on it is sent again
 * before a kernel uses it, unless the copy is newer.
 */
export class Mirror implements Remote {
  readonly name = "GPU";
  array: Data;
  place: Place | undefined;
  /** Counts the kernels that changed the copy. */
  changes = 0;
  readonly #context: Context;
  #ahead = false;
  #handedOut = false;
  #sent = false;

  /** Of an array that nobody else holds. */
  constructor(context: Context, array: Data) {
    this.#context = context;
    this.array = array;
  }

  /** Whether it is of this GPU, and not of one that was lost. */
  isIn(context: Context): boolean {
    return this.#context === context;
  }

  get ahead(): boolean {
    return this.#ahead && this.#context.failure === null;
  }

  /** Whether the copy may be older than the array. */
  get behind(): boolean {
    return !this.#ahead && (this.#handedOut || !this.#sent);
  }

  open(): Data {
    if (this.ahead) {
      throw new Error(
        "data: the newest numbers of this tensor are on the GPU. Fetch them first: await w.read()",
      );
    }
    this.#handedOut = true;
    return this.array;
  }

  replace(array: Data): void {
    this.array = array;
    this.#handedOut = true;
    this.#settle();
  }

  async fetch(): Promise<void> {
    if (this.#ahead) await this.place!.store.arena.fetch();
  }

  isAt(store: Store, at: number): boolean {
    return this.place?.store === store && this.place.at === at;
  }

  /** The copy is at this place from now on. */
  moveTo(place: Place): void {
    this.place?.store.arena.ahead.delete(this);
    this.place = place;
    this.#sent = true;
    place.store.occupants.set(place.at, this);
    if (this.#ahead) place.store.arena.ahead.add(this);
  }

  /** A kernel changes the copy. */
  changed(): void {
    this.changes++;
    this.#ahead = true;
    this.place!.store.arena.ahead.add(this);
  }

  /** The array has the numbers of the copy. */
  #settle(): void {
    this.#ahead = false;
    this.place?.store.arena.ahead.delete(this);
  }

  /** Takes numbers that were read after so many changes. */
  receive(numbers: Float32Array, changes: number): void {
    if (!this.#ahead) return;
    this.array.set(numbers);
    if (changes === this.changes) this.#settle();
  }
}

/**
 * The buffers of one optimizer. What one read brings to the host is of one moment: every array that
 * is ahead, and beside them the numbers that live on the host, such as `step`. So what a lost GPU
 * leaves behind is a state that was complete.
 */
export class Arena {
  readonly context: Context;
  /** Arrays whose copies are newer. */
  readonly ahead = new Set<Mirror>();
  readonly #stores = new Map<string, Store>();
  readonly #offsets = new WeakMap<Mirror, number>();
  /** Length of each of the buffers. */
  elements = 0;
  /** The numbers on the host as they were at the last read. */
  #cells = new Map<Data, number>();
  #reading: { moment: number; done: Promise<void> } | undefined;
  #moment = 0;

  constructor(context: Context) {
    this.context = context;
    context.join(this);
  }

  /** Where a parameter and its state are, counted in elements, in each of the arena's buffers. */
  offsetOf(param: Mirror): number {
    let offset = this.#offsets.get(param);
    if (offset === undefined) {
      offset = this.elements;
      this.#offsets.set(param, offset);
      this.elements += Math.ceil(param.array.length / ALIGNMENT) * ALIGNMENT;
    }
    return offset;
  }

  /** The buffer for all parameters, or for one state of all of them. */
  store(name: string): Store {
    let store = this.#stores.get(name);
    if (store === undefined) this.#stores.set(name, (store = new Store(this)));
    store.reserve(4 * this.elements);
    return store;
  }

  /** Remembers numbers that the host is about to change. */
  note(cells: readonly Data[]): void {
    for (const cell of cells) if (!this.#cells.has(cell)) this.#cells.set(cell, cell[0]!);
  }

  /** A kernel has changed something. */
  advance(): void {
    this.#moment++;
  }

  /** The GPU is lost: the host's own numbers become those of the last read, as the arrays are. */
  goBack(): void {
    for (const [cell, value] of this.#cells) cell[0] = value;
  }

  /** Brings everything that is ahead to the host. */
  fetch(): Promise<void> {
    if (this.#reading?.moment !== this.#moment) {
      const done = this.#fetch().finally(() => {
        if (this.#reading?.done === done) this.#reading = undefined;
      });
      this.#reading = { moment: this.#moment, done };
    }
    return this.#reading.done;
  }

  async #fetch(): Promise<void> {
    this.context.check();
    const cells = new Map([...this.#cells.keys()].map((cell) => [cell, cell[0]!]));
    const wanted = [...this.ahead].map((mirror) => {
      const { array, changes, place } = mirror;
      return {
        mirror,
        changes,
        buffer: place!.store.buffer,
        at: place!.at,
        bytes: array.byteLength,
      };
    });
    await download(this.context, wanted, (numbers) =>
      wanted.forEach(({ mirror, changes }, i) => mirror.receive(numbers[i]!, changes)),
    );
    this.#cells = cells;
  }
}
