/** Where the numbers of tensors are. */
import { Float16Data } from "./float16.ts";

export type Dtype = "float16" | "float32" | "float64";
/** Those of float16 are in a `Float16Data`, which is a Float32Array that holds nothing finer. */
export type Data = Float32Array | Float64Array;

/** A memory elsewhere, such as a GPU's, that keeps the numbers of a tensor. */
export interface Remote {
  /** What it is called: "GPU". */
  readonly name: string;
  /** The tensor's array; its numbers may be older than those elsewhere. */
  readonly array: Data;
  /** Whether they are. */
  readonly ahead: boolean;
  /** The array, for whoever may write there. Throws while the numbers elsewhere are newer. */
  open(): Data;
  /** Another array takes its place, whose numbers are the newest. */
  replace(array: Data): void;
  /** Brings the newest numbers into the array. */
  fetch(): Promise<void>;
}

export function newData(dtype: Dtype, size: number): Data {
  if (dtype === "float16") return new Float16Data(size);
  return dtype === "float64" ? new Float64Array(size) : new Float32Array(size);
}

export function dtypeOf(data: Data): Dtype {
  if (data instanceof Float64Array) return "float64";
  return data instanceof Float16Data ? "float16" : "float32";
}

/** The type in which tensors of these types meet: the widest. */
export function widest(dtypes: readonly Dtype[]): Dtype {
  if (dtypes.includes("float64")) return "float64";
  return dtypes.every((dtype) => dtype === "float16") ? "float16" : "float32";
}
