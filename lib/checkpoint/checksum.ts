/** safetensors files have no checksum; ours carry one, so that a flipped bit is not trained on. */
import { crc32 } from "./crc32.ts";
import { CheckpointError } from "./errors.ts";

/** Where the header begins, after its length. */
const HEADER = 8;
const DIGITS = 8;
const BEFORE = '{"__metadata__":{"downhill.crc32":"';

/** How the header of a file of ours begins: room for the checksum, always at the same place. */
export const HEADER_START = `${BEFORE}${"0".repeat(DIGITS)}"`;

/** Writes the checksum of all other bytes into a file whose header begins with `HEADER_START`. */
export function sealChecksum(file: Uint8Array): void {
  new TextEncoder().encodeInto(checksum(file), file.subarray(HEADER + BEFORE.length));
}

/** Whether there is one; a wrong one is an error. */
export function testChecksum(file: Uint8Array): boolean {
  const from = HEADER + BEFORE.length;
  const ascii = (start: number, end: number) => String.fromCharCode(...file.subarray(start, end));
  if (ascii(HEADER, from) !== BEFORE) return false;
  if (ascii(from, from + DIGITS) === checksum(file)) return true;
  throw new CheckpointError(
    "checksum: wrong. The file is damaged, or another program changed it after it was saved",
  );
}

function checksum(file: Uint8Array): string {
  const from = HEADER + BEFORE.length;
  const value = crc32(file.subarray(from + DIGITS), crc32(file.subarray(0, from)));
  return value.toString(16).padStart(DIGITS, "0");
}
