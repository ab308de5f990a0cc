/** Checkpoints as files, in Node. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse, serialize } from "./bytes.ts";
import { CheckpointError } from "./errors.ts";
import type { Value } from "./values.ts";

/**
 * Reads a checkpoint: `torch.save`'s or safetensors, from a file or from bytes.
 *
 * float16, float32 and float64 come as `Tensor`, bfloat16 as `BFloat16Tensor` of float32, other dtypes
 * as `IntegerTensor`; dict and OrderedDict as objects (Maps where an object could not keep the keys),
 * tuples and torch.Size as arrays. `T` is what you expect the file to hold; it is not checked.
 *
 * @throws CheckpointError when the file is damaged, is no checkpoint, or asks for more than data
 * @example
 * load("test/golden/checkpoints/adamw.pt").optimizer.param_groups[0].betas // Tuple(2) [0.9, 0.99]
 */
export function load<T = Value>(source: string | URL | Uint8Array): T {
  if (source instanceof Uint8Array) return parse<T>(source);
  const bytes = readFileSync(source);
  try {
    return parse<T>(bytes);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`${String(source)}: ${error.message}`, { cause: error });
  }
}

/**
 * Saves state as a safetensors file (see `serialize`). The file is replaced in one step once the
 * new one is safely on the disk: whatever happens before, the old file stays as it was.
 *
 * @throws CheckpointError on a value that cannot be saved; the system's error if writing fails
 * @example
 * await save("dist/example.safetensors", { epoch: 5, weight: tensor([1, 2]) });
 * load("dist/example.safetensors").weight // tensor([1., 2.])
 */
export async function save(path: string, state: unknown): Promise<void> {
  const bytes = await serialize(state);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeToDisk(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeToDisk(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the rename survives a power cut. Windows cannot open a folder, nor needs it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
