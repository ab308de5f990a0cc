/**
 * Files written by `torch.save`. Since PyTorch 1.6 they are zip files: `data.pkl` builds the
 * object, `data/0`, `data/1`, ... are the storages of its tensors.
 *
 * Source: https://docs.pytorch.org/docs/stable/notes/serialization.html ("Serialized file format").
 */
import { Conversion } from "./convert.ts";
import { CheckpointError } from "./errors.ts";
import { bytesOf } from "./globals.ts";
import { describe, isKind, type Py, type StorageRef } from "./python.ts";
import { Reader } from "./reader.ts";
import { unpickle } from "./unpickle.ts";
import type { Value } from "./values.ts";
import { readZip } from "./zip.ts";

/** A zip file of `torch.save`. */
export function parseZip(bytes: Uint8Array): Value {
  const entries = readZip(bytes);
  const pickle = entries.get("data.pkl");
  if (pickle === undefined) {
    throw new CheckpointError("zip: data.pkl is missing. torch.save did not write this file");
  }
  const order = new TextDecoder().decode(entries.get("byteorder"));
  if (!["", "little", "big"].includes(order)) {
    throw new CheckpointError(`zip: byteorder "${order}". Known: little, big`);
  }
  const { value } = unpickle(new Reader(pickle, "data.pkl"));
  const storages = (key: string) => entries.get(`data/${key}`);
  return new Conversion(storages, bytes.length, order === "big").value(value);
}

/** The first bytes of every file from before PyTorch 1.6: a pickle of 0x1950a86a20f9469cfc6c. */
export const LEGACY_START = Uint8Array.of(
  ...[0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e],
);
const LEGACY_VERSION = 1001;

/**
 * A file from before the zip container: pickles of the magic number, the version, the writer's
 * machine, the object and the list of its storages, which then follow, each after its length.
 */
export function parseLegacy(bytes: Uint8Array): Value {
  const reader = new Reader(bytes, "pickle", LEGACY_START.length);
  const { value: version } = unpickle(reader);
  if (version !== LEGACY_VERSION) {
    throw new CheckpointError(`version: ${describe(version)}. Only ${LEGACY_VERSION} is known`);
  }
  unpickle(reader);
  const object = unpickle(reader);
  const storages = readStorages(reader, unpickle(reader).value, object.storages);
  return new Conversion((key) => storages.get(key), bytes.length).value(object.value);
}

function readStorages(reader: Reader, keys: Py, described: Map<string, StorageRef>) {
  const contents = new Map<string, Uint8Array>();
  for (const key of isKind(keys, "list") ? keys.items : []) {
    const storage = described.get(String(key));
    if (storage === undefined) {
      throw new CheckpointError(`storage: ${describe(key)} is listed, but no tensor uses it`);
    }
    const size = reader.u64();
    if (size !== storage.size) {
      throw new CheckpointError(
        `storage: ${storage.key} has ${size} elements, but its tensors count on ${storage.size}`,
      );
    }
    contents.set(storage.key, reader.take(bytesOf(storage)));
  }
  return contents;
}
