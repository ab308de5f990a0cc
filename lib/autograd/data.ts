/** Where the numbers of tensors are. */
export type Dtype = "float32" | "float64";
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
  return dtype === "float64" ? new Float64Array(size) : new Float32Array(size);
}
