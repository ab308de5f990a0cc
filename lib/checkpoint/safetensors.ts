/**
 * The safetensors format: the length of the header (8 bytes, low byte first), the header (JSON: the
 * dtype, shape and place of each tensor, and strings under `__metadata__`), then all elements,
 * row-major, low byte first, without holes.
 *
 * Source: https://huggingface.co/docs/safetensors ("Format"), and the rules that the reference
 * reader at https://github.com/huggingface/safetensors enforces.
 */
import { HEADER_START, sealChecksum, testChecksum } from "./checksum.ts";
import { type Dtype, dtypes, type Elements, findDtype } from "./dtypes.ts";
import type { AnyTensor } from "./encode.ts";
import { CheckpointError } from "./errors.ts";
import { checkJsonSize, type Json, parseJson } from "./json.ts";
import { Reader } from "./reader.ts";
import { checkedSize, tensorOf } from "./tensors.ts";

const MAX_HEADER = 100_000_000;
const ALIGNMENT = 8;
const METADATA = "__metadata__";

/** A tensor as it is written. */
export interface Stored {
  /** PyTorch's name. */
  dtype: string;
  shape: readonly number[];
  data: Elements;
}

interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  from: number;
  to: number;
}

/** Reads a whole file. Every tensor has memory of its own. */
export function readSafetensors(bytes: Uint8Array) {
  const sealed = testChecksum(bytes);
  const reader = new Reader(bytes, "safetensors");
  const length = reader.u64();
  if (length > MAX_HEADER) {
    throw new CheckpointError(
      `safetensors: a header of ${length} bytes. The format allows ${MAX_HEADER}. ` +
        "The file is damaged",
    );
  }
  const header = parseHeader(reader.text(length));
  const data = bytes.subarray(reader.at);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, info]) => readEntry(name, info));
  checkPlaces(entries, data.length);
  const tensors = new Map(entries.map((entry) => [entry.name, readTensor(entry, data)]));
  return { sealed, tensors, metadata: readMetadata(header[METADATA] ?? {}) };
}

function parseHeader(text: string): { [name: string]: Json } {
  const header = parseJson(text, "safetensors: the header");
  if (text.startsWith("{") && isObject(header)) return header;
  throw new CheckpointError("safetensors: the header is not a JSON object. The file is damaged");
}

function isObject(json: Json): json is { [key: string]: Json } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function isNumbers(json: Json | undefined): json is number[] {
  return Array.isArray(json) && json.every((item) => typeof item === "number");
}

function readEntry(name: string, info: Json): Entry {
  const where = `safetensors: ${name.slice(0, 80)}`;
  const { dtype, shape, data_offsets: offsets } = isObject(info) ? info : {};
  if (
    typeof dtype !== "string" ||
    !isNumbers(shape) ||
    !isNumbers(offsets) ||
    offsets.length !== 2
  ) {
    throw new CheckpointError(`${where}: needs a dtype, a shape and two data_offsets`);
  }
  const found = findDtype("safetensors", dtype);
  if (found === undefined) {
    const known = dtypes.map(({ safetensors }) => safetensors).join(", ");
    throw new CheckpointError(`${where}: dtype ${dtype.slice(0, 20)}. Known: ${known}`);
  }
  const [from, to] = offsets as [number, number];
  const size = checkedSize(shape, where) * found.bytes;
  if (to - from === size) return { name, dtype: found, shape, from, to };
  throw new CheckpointError(
    `${where}: ${dtype} [${shape.join(", ")}] takes ${size} bytes, ` +
      `but its place is ${from} to ${to}`,
  );
}

/** No holes, no overlaps, nothing outside. A name that is there twice leaves a hole. */
function checkPlaces(entries: readonly Entry[], dataLength: number): void {
  const sorted = [...entries].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of sorted) {
    if (from !== end) {
      throw new CheckpointError(
        `safetensors: ${name.slice(0, 80)} begins at ${from}, but what comes before ends at ${end}`,
      );
    }
    end = to;
  }
  if (end !== dataLength) {
    throw new CheckpointError(
      `safetensors: the tensors take ${end} bytes, but there are ${dataLength}. ` +
        "The file is cut short or damaged",
    );
  }
}

function readTensor({ dtype, shape, from, to }: Entry, data: Uint8Array): AnyTensor {
  const { buffer } = new Uint8Array(data.subarray(from, to));
  return tensorOf(dtype, new dtype.Elements(buffer, 0, (to - from) / dtype.bytes), shape);
}

function readMetadata(json: Json): Map<string, string> {
  const entries = isObject(json) ? Object.entries(json) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  if (isObject(json) && texts.length === entries.length) return new Map(texts);
  throw new CheckpointError(`safetensors: ${METADATA} is not an object of strings`);
}

/** The bytes of a file with these tensors. The widest dtypes come first, so all are aligned. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Stored>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const rank = ({ dtype }: Stored) => dtypes.findIndex(({ name }) => name === dtype);
  const sorted = [...tensors].sort(
    ([a, x], [b, y]) => rank(y) - rank(x) || (a < b ? -1 : Number(a > b)),
  );
  let end = 0;
  const infos = sorted.map(([name, tensor]) => {
    checkedSize(tensor.shape, name);
    const from = end;
    end += tensor.data.byteLength;
    const dtype = dtypes[rank(tensor)]!.safetensors;
    return pair(name, { dtype, shape: [...tensor.shape], data_offsets: [from, end] });
  });
  const texts = Object.entries(metadata).map(([name, text]) => pair(name, text));
  const start = [HEADER_START, ...texts].join(",") + "}";
  const text = [start, ...infos].join(",") + "}";
  checkJsonSize(text, "safetensors: the header");
  const header = new TextEncoder().encode(text);
  const length = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  if (length > MAX_HEADER) {
    throw new CheckpointError(
      `safetensors: a header of ${length} bytes, more than the ${MAX_HEADER} that readers take. ` +
        "Keep long lists of numbers in a tensor",
    );
  }
  const file = new Uint8Array(8 + length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(header, 8);
  file.fill(0x20, 8 + header.length, 8 + length);
  let at = 8 + length;
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  sealChecksum(file);
  return file;
}

function pair(name: string, value: Json): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}
