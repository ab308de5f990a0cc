/** Small files for the checkpoint tests, made by hand. */
import { zipSync } from "fflate";
import type { Tensor } from "../../lib/autograd/index.ts";
import { writeSafetensors } from "../../lib/checkpoint/safetensors.ts";

/** Text whose characters are bytes: `"\x80\x02N."` is the pickle of None. */
export const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

/** A zip file as `torch.save` makes it, around a pickle. */
export function zipped(pickle: string | Uint8Array, entries: Record<string, Uint8Array> = {}) {
  const data = typeof pickle === "string" ? latin1(pickle) : pickle;
  const named = Object.entries({ "data.pkl": data, ...entries });
  const files = Object.fromEntries(named.map(([name, bytes]) => [`archive/${name}`, bytes]));
  return zipSync(files, { level: 0 });
}

/** A safetensors file with this header, its length in front, and so many bytes of data. */
export function safetensors(header: unknown, dataBytes = 0): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + bytes.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
  file.set(bytes, 8);
  return file;
}

/** A file of ours with this structure around these tensors. */
export function structure(json: string, tensors = new Map<string, Tensor>()): Uint8Array {
  return writeSafetensors(tensors, { "downhill.state_dict": json });
}
