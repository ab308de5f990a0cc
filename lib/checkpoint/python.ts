/** Python values as a pickle builds them, before they become values of JavaScript. */
import { CheckpointError } from "./errors.ts";
import type { Dtype } from "./dtypes.ts";
import type { View } from "./tensors.ts";
import type { Key } from "./values.ts";

export type Py = Key | Items | PyDict | Global | StorageRef | TensorRef;

export interface Items {
  kind: "list" | "tuple" | "torch.Size" | "set";
  items: Py[];
}

/** A dict, an OrderedDict or a Counter: all are a dict here. */
export interface PyDict {
  kind: "dict";
  entries: Map<Key, Py>;
}

/** A class or function of Python by its name: never looked up, only compared with known names. */
export interface Global {
  kind: "global";
  name: string;
}

/** Where the elements of tensors are. An untyped storage counts bytes; its tensors have dtypes. */
export interface StorageRef {
  kind: "storage";
  key: string;
  dtype: Dtype | null;
  size: number;
}

export interface TensorRef extends View {
  kind: "tensor";
  storage: StorageRef;
  dtype: Dtype;
  requires_grad: boolean;
}

export type Kind = Exclude<Py, Key>["kind"];

type OfKind<K extends Kind> = K extends Items["kind"]
  ? Items & { kind: K }
  : Extract<Py, { kind: K }>;

export function isKind<K extends Kind>(value: Py | undefined, kind: K): value is OfKind<K> {
  return typeof value === "object" && value !== null && value.kind === kind;
}

/** What an error message calls a value. */
export function describe(value: Py | undefined): string {
  if (value === null) return "None";
  if (typeof value !== "object") return typeof value;
  return value.kind === "global" ? value.name : value.kind;
}

export function setItem(dict: PyDict, key: Py, value: Py): void {
  if (typeof key === "object" && key !== null) {
    throw new CheckpointError(
      `dict key: ${describe(key)}. The keys of a checkpoint are str, int, float, bool or None`,
    );
  }
  dict.entries.set(key, value);
}
