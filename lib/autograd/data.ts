/** Where the numbers of tensors are. */
export type Dtype = "float32" | "float64";
export type Data = Float32Array | Float64Array;

/** Arrays whose newest numbers are elsewhere, and how to fetch them. */
export const remotes = new WeakMap<Data, () => Promise<void>>();

export function newData(dtype: Dtype, size: number): Data {
  return dtype === "float64" ? new Float64Array(size) : new Float32Array(size);
}
