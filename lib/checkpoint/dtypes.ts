/** How PyTorch and safetensors name an element, how wide it is, and how JavaScript holds it. */
export interface Dtype {
  /** `torch.float32` without `torch.` */
  readonly name: string;
  /** The class `torch.FloatStorage` in a pickle; the newest dtypes have none. */
  readonly storage: string | null;
  /** The name in a safetensors header. */
  readonly safetensors: string;
  readonly bytes: number;
  readonly Elements: ElementsConstructor;
}

/** The elements as stored. bool has a byte 0 or 1; the two half precisions have their 16 bits. */
export type Elements =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type ElementsConstructor = new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
) => Elements;

/**
 * Every dtype that can be read, narrowest first: safetensors files are laid out in the opposite
 * order, so that every tensor is aligned. complex, quantized and 8-bit floats are refused.
 *
 * Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html and
 * https://huggingface.co/docs/safetensors (Format).
 */
export const dtypes: readonly Dtype[] = [
  row("bool", "BoolStorage", "BOOL", 1, Uint8Array),
  row("uint8", "ByteStorage", "U8", 1, Uint8Array),
  row("int8", "CharStorage", "I8", 1, Int8Array),
  row("int16", "ShortStorage", "I16", 2, Int16Array),
  row("uint16", null, "U16", 2, Uint16Array),
  row("float16", "HalfStorage", "F16", 2, Uint16Array),
  row("bfloat16", "BFloat16Storage", "BF16", 2, Uint16Array),
  row("int32", "IntStorage", "I32", 4, Int32Array),
  row("uint32", null, "U32", 4, Uint32Array),
  row("float32", "FloatStorage", "F32", 4, Float32Array),
  row("float64", "DoubleStorage", "F64", 8, Float64Array),
  row("int64", "LongStorage", "I64", 8, BigInt64Array),
  row("uint64", null, "U64", 8, BigUint64Array),
];

function row(
  name: string,
  storage: string | null,
  safetensors: string,
  bytes: number,
  Elements: ElementsConstructor,
): Dtype {
  return { name, storage, safetensors, bytes, Elements };
}

/** The dtype called `name` in one of its three namings, or undefined. */
export function findDtype(by: "name" | "storage" | "safetensors", name: string): Dtype | undefined {
  return dtypes.find((dtype) => dtype[by] === name);
}
