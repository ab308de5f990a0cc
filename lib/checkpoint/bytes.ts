/** Checkpoints as bytes: what works in a page as well as in Node. */
import { Float16Data } from "../autograd/float16.ts";
import { type Data, Tensor } from "../autograd/index.ts";
import { decode } from "./decode.ts";
import type { Elements } from "./dtypes.ts";
import { Encoding } from "./encode.ts";
import { CheckpointError } from "./errors.ts";
import { narrowFloat16 } from "./half.ts";
import { checkJsonSize, parseJson } from "./json.ts";
import { LEGACY_START, parseLegacy, parseZip } from "./pytorch.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { dictOf, type Value } from "./values.ts";

/** The entry of a safetensors header's metadata that holds the state, as encode.ts writes it. */
const STATE = "downhill.state_dict";

const ZIP_START = Uint8Array.of(0x50, 0x4b, 0x03, 0x04);

/**
 * A checkpoint from the bytes of a file: `torch.save`'s (zip, or the older format) or safetensors,
 * which is told from the first bytes. Nothing in the file is run.
 *
 * `T` is what you expect the file to hold; it is not checked.
 *
 * @throws CheckpointError when the file is damaged, is no checkpoint, or asks for more than data
 * @example
 * const bytes = await serialize({ lr: 0.1 });
 * parse(bytes).lr // 0.1
 */
export function parse<T = Value>(bytes: Uint8Array): T {
  return parseAny(bytes) as T;
}

function parseAny(bytes: Uint8Array): Value {
  if (startsWith(bytes, ZIP_START)) return parseZip(bytes);
  if (startsWith(bytes, LEGACY_START)) return parseLegacy(bytes);
  const isSafetensors = bytes[8] === "{".charCodeAt(0);
  if (isSafetensors) return parseSafetensors(bytes);
  const hex = Array.from(bytes.subarray(0, 9), (byte) => byte.toString(16).padStart(2, "0"));
  throw new CheckpointError(
    `format: unknown; the file begins with ${hex.join(" ") || "nothing"}. Known are the files of ` +
      "torch.save and safetensors",
  );
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function parseSafetensors(bytes: Uint8Array): Value {
  const { sealed, tensors, metadata } = readSafetensors(bytes);
  const state = metadata.get(STATE);
  if (state === undefined) return dictOf([...tensors]);
  if (!sealed) {
    throw new CheckpointError(
      "checksum: missing. The file is damaged, or another program changed it after it was saved",
    );
  }
  return decode(parseJson(state, "structure: it"), tensors);
}

/**
 * State as the bytes of a safetensors file: tensors, and in its metadata how they, numbers, strings
 * and containers are nested. `docs/load_in_pytorch.py` reads it in Python.
 *
 * Takes what `state_dict()` returns, nested as you like: null, booleans, numbers, bigints, strings,
 * arrays, `Tuple`, `Size`, sets, objects, maps, tensors. A whole number becomes an int of Python's.
 * A tensor that is there twice is stored once; a `BFloat16Tensor` is stored as float32.
 *
 * @throws CheckpointError on any other value, naming its place
 * @example
 * const bytes = await serialize({ epoch: 5, weight: tensor([1, 2]) });
 * parse(bytes).weight // tensor([1., 2.])
 */
export async function serialize(state: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = new Encoding();
  const json = JSON.stringify(encoding.encode(state));
  checkJsonSize(json, "structure: it");
  const stored = [...encoding.tensors].map(async ([name, tensor]) => {
    const data = tensor instanceof Tensor ? elementsOf(await tensor.read()) : tensor.data;
    return [name, { dtype: tensor.dtype, shape: tensor.shape, data }] as const;
  });
  return writeSafetensors(new Map(await Promise.all(stored)), { [STATE]: json });
}

const elementsOf = (data: Data): Elements =>
  data instanceof Float16Data ? narrowFloat16(data) : data;

export { CheckpointError } from "./errors.ts";
export { BFloat16Tensor, IntegerTensor } from "./tensors.ts";
export { Size, Tuple } from "./values.ts";

export type { Dict, Key, Value } from "./values.ts";
