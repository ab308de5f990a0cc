/** From what a pickle built to values of JavaScript, with sizes checked before anything is made. */
import { Tensor } from "../autograd/index.ts";
import type { Elements } from "./dtypes.ts";
import { CheckpointError } from "./errors.ts";
import { bytesOf } from "./globals.ts";
import { describe, type Items, type Py, type PyDict, type TensorRef } from "./python.ts";
import { type IntegerTensor, tensorOf, viewElements } from "./tensors.ts";
import { dictOf, type Key, MAX_DEPTH, Size, Tuple, type Value } from "./values.ts";

/** Where the bytes of a storage are; undefined when the file has none by this name. */
export type Storages = (key: string) => Uint8Array | undefined;

interface Converted {
  value: Value;
  /** How many values and characters it is when written out, shared parts once for each mention. */
  weight: number;
}

export class Conversion {
  readonly #storages: Storages;
  readonly #bigEndian: boolean;
  readonly #buffers = new Map<string, ArrayBuffer>();
  readonly #done = new Map<object, Converted | null>();
  /** Bytes that tensors may take beyond their storages: strided and half ones are copies. */
  #spareBytes: number;
  /** Values, counted as `weight` does: a small pickle can mention one list a million times. */
  readonly #maxWeight: number;

  constructor(storages: Storages, fileBytes: number, bigEndian = false) {
    this.#storages = storages;
    this.#bigEndian = bigEndian;
    this.#spareBytes = 2 ** 28 + 4 * fileBytes;
    this.#maxWeight = 2 ** 24 + 4 * fileBytes;
  }

  value(py: Py): Value {
    return this.#convert(py, 0).value;
  }

  #convert(py: Py, depth: number): Converted {
    if (typeof py === "string") return { value: py, weight: 1 + py.length };
    if (typeof py !== "object" || py === null) return { value: py, weight: 1 };
    const known = this.#done.get(py);
    if (known) return known;
    if (known === null) throw new CheckpointError(`${describe(py)}: it contains itself`);
    this.#done.set(py, null);
    const converted = this.#container(py, depth);
    this.#done.set(py, converted);
    return converted;
  }

  #container(py: Exclude<Py, Key>, depth: number): Converted {
    if (py.kind === "tensor") return { value: this.#tensor(py), weight: 1 };
    if (depth >= MAX_DEPTH) {
      throw new CheckpointError(`nesting: more than ${MAX_DEPTH} containers inside each other`);
    }
    if (py.kind === "dict") return this.#dict(py, depth + 1);
    if ("items" in py) return this.#items(py, depth + 1);
    throw new CheckpointError(`refused: ${describe(py)} as a value. Only tensors may use it`);
  }

  #items({ kind, items }: Items, depth: number): Converted {
    const [values, weight] = this.#all(items, depth);
    if (kind === "list") return { value: values, weight };
    if (kind === "tuple") return { value: Tuple.from(values), weight };
    if (kind === "set") return { value: new Set(values), weight };
    if (values.every((size) => typeof size === "number"))
      return { value: Size.from(values), weight };
    throw new CheckpointError("torch.Size: it holds something else than numbers");
  }

  #dict({ entries }: PyDict, depth: number): Converted {
    const keys = [...entries.keys()];
    const [, keysWeight] = this.#all(keys, depth);
    const [values, weight] = this.#all([...entries.values()], depth);
    return { value: dictOf(keys.map((key, i) => [key, values[i]!])), weight: keysWeight + weight };
  }

  #all(items: readonly Py[], depth: number): [values: Value[], weight: number] {
    let weight = 1;
    const values = items.map((item) => {
      const converted = this.#convert(item, depth);
      weight += converted.weight;
      if (weight <= this.#maxWeight) return converted.value;
      throw new CheckpointError(
        `size: written out, its containers hold more than ${this.#maxWeight} values. ` +
          "The file is made to fill the memory",
      );
    });
    return [values, weight];
  }

  #tensor(ref: TensorRef): Tensor | IntegerTensor {
    const where = `tensor in storage ${ref.storage.key}`;
    const elements = viewElements(this.#storage(ref), ref, (bytes) => this.#allow(bytes), where);
    if (ref.dtype.name.endsWith("float16")) this.#allow(elements.length * 4);
    const tensor = tensorOf(ref.dtype, elements, ref.shape);
    if (tensor instanceof Tensor) tensor.requires_grad = ref.requires_grad;
    return tensor;
  }

  /** The elements of a whole storage. All that read the same storage share its memory. */
  #storage({ storage, dtype }: TensorRef): Elements {
    const bytes = this.#storages(storage.key);
    if (bytes === undefined) {
      throw new CheckpointError(`storage: ${storage.key} is missing. The file is damaged`);
    }
    if (bytes.length !== bytesOf(storage)) {
      throw new CheckpointError(
        `storage: ${storage.key} should have ${storage.size} elements of ${dtype.name}, ` +
          `${bytesOf(storage)} bytes, but has ${bytes.length}. The file is damaged`,
      );
    }
    const key = `${storage.key} ${this.#bigEndian ? dtype.bytes : ""}`;
    const buffer = this.#buffers.get(key) ?? this.#littleEndian(bytes, dtype.bytes);
    this.#buffers.set(key, buffer);
    return new dtype.Elements(buffer, 0, storage.size);
  }

  /** A copy of its own, so that elements are aligned and the file's bytes are left alone. */
  #littleEndian(bytes: Uint8Array, width: number): ArrayBuffer {
    const copy = new Uint8Array(bytes);
    if (this.#bigEndian) {
      for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse();
    }
    return copy.buffer;
  }

  #allow(bytes: number): void {
    this.#spareBytes -= bytes;
    if (this.#spareBytes >= 0) return;
    throw new CheckpointError(
      "size: its tensors repeat their storages too often to fit in memory. A view that was " +
        "expanded should be saved as x.clone(), or the file is made to fill the memory",
    );
  }
}
