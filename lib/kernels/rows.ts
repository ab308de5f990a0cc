/** What a WebAssembly kernel is to step at once, written down where it can read it. */
import type { Dtype } from "./rule.ts";
import type { Arena } from "./arena.ts";
import type { Data, Job } from "./device.ts";
import { BLOCK_BYTES } from "./wat.ts";

/** Elements of a row at most, so that threads can share a large array. */
const MOST_ELEMENTS = 1 << 15;
/** Elements that are copied at a time where an array lies outside the arena; they stay in cache. */
const STAGE_ELEMENTS = 1 << 14;
const TABLE_LENGTH = 1 << 14;

/** The place of the gradient in a job; it is only read. */
const GRADIENT = 1;

/** Stands for the address of an array that lies outside the arena. */
const OUTSIDE = -1;

/** Where a job's arrays begin. */
interface Seen {
  addresses: number[];
  outside: boolean;
}

/**
 * Rows for one kernel at a time: how many bytes each array has, and the addresses of the arrays at
 * `places` of the job. Arrays outside the arena pass through it, a piece at a time.
 */
export class Rows {
  /** Calls the kernel for all rows. */
  readonly #run: () => void;
  readonly #arena: Arena;
  readonly #table: Uint32Array;
  readonly #stages: Data[] = [];
  /** Elements of the stages that rows not yet run refer to. */
  #staged = 0;
  #length = 0;
  #stride = 1;
  elements = 0;

  constructor(arena: Arena, run: () => void) {
    this.#arena = arena;
    this.#run = run;
    this.#table = arena.allocateTable(TABLE_LENGTH);
  }

  /** Where the rows begin and end. */
  get begin(): number {
    return this.#table.byteOffset;
  }
  get end(): number {
    return this.begin + 4 * this.#length;
  }

  /** The address behind the rows from `begin` on that have `least` elements together, if they do. */
  after(begin: number, least: number, dtype: Dtype): number {
    let place = (begin - this.begin) / 4;
    let bytes = least * (dtype === "float64" ? 8 : 4);
    for (; place < this.#length && bytes > 0; place += this.#stride) bytes -= this.#table[place]!;
    return this.begin + 4 * place;
  }

  clear(): void {
    this.#length = 0;
    this.#staged = 0;
    this.elements = 0;
  }

  /** Writes the rows of a job down; runs them where there is no more space. */
  add(job: Job, places: readonly number[], dtype: Dtype): void {
    const { length: n, BYTES_PER_ELEMENT: bytes } = job.arrays[0]!;
    const { addresses, outside } = (job.memo as Seen | undefined) ?? this.#look(job);
    this.#stride = 1 + places.length;
    if (outside) return this.#addOutside(job, addresses, places, dtype);
    for (let from = 0; from < n; from += MOST_ELEMENTS) {
      const length = n - from < MOST_ELEMENTS ? n - from : MOST_ELEMENTS;
      this.#makeSpace();
      this.#begin(length, bytes);
      const table = this.#table;
      let at = this.#length;
      for (let k = 0; k < places.length; k++) table[at++] = addresses[places[k]!]! + from * bytes;
      this.#length = at;
    }
  }

  #makeSpace(): void {
    if (this.#length + this.#stride > TABLE_LENGTH) this.#run();
  }

  #begin(elements: number, bytes: number): void {
    this.#table[this.#length++] = elements * bytes;
    this.elements += elements;
  }

  #addOutside(
    { arrays }: Job,
    addresses: readonly number[],
    places: readonly number[],
    dtype: Dtype,
  ): void {
    const { length: n, BYTES_PER_ELEMENT: bytes } = arrays[0]!;
    const isOutside = (place: number) => addresses[place] === OUTSIDE;
    const written = places.filter((place) => place !== GRADIENT && isOutside(place));
    for (let from = 0; from < n; from += STAGE_ELEMENTS) {
      const length = Math.min(STAGE_ELEMENTS, n - from);
      this.#makeSpace();
      const at = this.#room(length, bytes);
      this.#begin(length, bytes);
      for (const place of places) {
        const stage = isOutside(place) ? this.#stage(place, dtype) : undefined;
        stage?.set(piece(arrays[place]!, from, length), at);
        const address = stage?.byteOffset ?? addresses[place]!;
        this.#table[this.#length++] = address + (stage === undefined ? from : at) * bytes;
      }
      if (written.length > 0) this.#run();
      for (const place of written) {
        arrays[place]!.set(this.#stage(place, dtype).subarray(at, at + length), from);
      }
    }
  }

  #look(job: Job): Seen {
    const addresses = job.arrays.map((data) => this.#arena.addressOf(data) ?? OUTSIDE);
    return (job.memo = { addresses, outside: addresses.includes(OUTSIDE) });
  }

  /** The first element of the stages that is free for so many. */
  #room(length: number, bytes: number): number {
    if (this.#staged + length > STAGE_ELEMENTS) this.#run();
    const first = this.#staged;
    this.#staged += Math.ceil((length * bytes) / BLOCK_BYTES) * (BLOCK_BYTES / bytes);
    return first;
  }

  #stage(place: number, dtype: Dtype): Data {
    const slot = place * 2 + (dtype === "float64" ? 1 : 0);
    return (this.#stages[slot] ??= this.#arena.allocate(dtype, STAGE_ELEMENTS));
  }
}

/** A part of an array, which is the array itself where that is enough. */
function piece(data: Data, from: number, length: number): Data {
  return length === data.length ? data : data.subarray(from, from + length);
}
