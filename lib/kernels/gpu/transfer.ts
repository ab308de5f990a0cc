/// <reference types="@webgpu/types" />
/** To a GPU, and from place to place on it. */
import { ALIGNMENT, type Mirror, type Place, type Store } from "./arena.ts";
import type { Context } from "./context.ts";

/** Numbers that are gathered before they are sent. */
const GATHERED = 2 ** 16;

/** Sends arrays; neighbours in a store go together, since each sending costs some microseconds. */
export class Upload {
  readonly #context: Context;
  readonly #gathered = new Float32Array(GATHERED);
  #store: Store | undefined;
  /** Where in the store, in elements, the gathered numbers start, and how many there are. */
  #start = 0;
  #count = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  add({ store, at }: Place, numbers: Float32Array): void {
    const after = Math.ceil(this.#count / ALIGNMENT) * ALIGNMENT;
    const next = store === this.#store && at / 4 === this.#start + after;
    if (!next || after + numbers.length > GATHERED) this.flush();
    if (numbers.length > GATHERED) return this.#context.write(store.buffer, at, numbers);
    if (this.#count === 0) [this.#store, this.#start] = [store, at / 4];
    const to = at / 4 - this.#start;
    this.#gathered.set(numbers, to);
    this.#count = to + numbers.length;
  }

  flush(): void {
    if (this.#count === 0) return;
    const numbers = this.#gathered.subarray(0, this.#count);
    this.#context.write(this.#store!.buffer, 4 * this.#start, numbers);
    this.#count = 0;
  }
}

export interface Move {
  mirror: Mirror;
  to: Place;
}

/** Moves all at once, over a buffer in between: one may go to where another one was. */
export function move(context: Context, moves: readonly Move[]): void {
  if (moves.length === 0) return;
  const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
  let bytes = 0;
  const steps = moves.map(({ mirror: { place, array }, to }) => {
    const step = { from: place!, to, bytes: array.byteLength, between: bytes };
    bytes += array.byteLength;
    return step;
  });
  const between = context.take(bytes, STORAGE | COPY_DST | COPY_SRC);
  const encoder = context.device.createCommandEncoder();
  for (const step of steps) {
    const { store, at } = step.from;
    encoder.copyBufferToBuffer(store.buffer, at, between, step.between, step.bytes);
  }
  for (const step of steps) {
    const { store, at } = step.to;
    encoder.copyBufferToBuffer(between, step.between, store.buffer, at, step.bytes);
  }
  context.device.queue.submit([encoder.finish()]);
  context.giveBack(between);
  for (const { mirror, to } of moves) mirror.moveTo(to);
}
