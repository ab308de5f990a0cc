/** Checkpoints that travel both ways between PyTorch and here. */
export { BFloat16Tensor, CheckpointError, IntegerTensor, parse, serialize } from "./bytes.ts";
export { Size, Tuple } from "./bytes.ts";
export { load, save } from "./file.ts";

export type { Dict, Key, Value } from "./bytes.ts";
