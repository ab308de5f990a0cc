import { CheckpointError } from "./errors.ts";

/** Reads numbers and bytes one after the other; past the end is an error, never a guess. */
export class Reader {
  readonly bytes: Uint8Array;
  /** Where the next value is read. */
  at: number;
  readonly #view: DataView;
  readonly #what: string;

  /** `what` begins the messages: "pickle", "zip". */
  constructor(bytes: Uint8Array, what: string, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
  }

  u8(): number {
    return this.#view.getUint8(this.#pass(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }
  /** A size: beyond 2^53 it is far past the end of any file, and exactness no longer matters. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#pass(8), true));
  }
  /** The one number that pickle writes with its high byte first. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.#pass(8));
  }

  /** The next bytes, not copied. */
  take(count: number): Uint8Array {
    const from = this.#pass(count);
    return this.bytes.subarray(from, from + count);
  }

  text(count: number): string {
    return this.#decode(this.take(count));
  }

  /** Up to a newline, which is passed over. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    const line = this.text((end < 0 ? this.bytes.length + 1 : end) - this.at);
    this.at = end + 1;
    return line;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new CheckpointError(
        `${this.#what}: the text before byte ${this.at} is not UTF-8. The file is damaged`,
      );
    }
  }

  #pass(count: number): number {
    const from = this.at;
    if (count > this.bytes.length - from) {
      throw new CheckpointError(
        `${this.#what}: byte ${from} begins a value of ${count} bytes, but there are ` +
          `${this.bytes.length} in all. The file is cut short or damaged`,
      );
    }
    this.at += count;
    return from;
  }
}
