/**
 * Nested state as JSON. What JSON cannot say is an object with one key that begins with "$":
 *
 *     {"$tensor": "its name"}, and "requires_grad": true where it is
 *     {"$tuple": [...]}   {"$size": [...]}   {"$set": [...]}
 *     {"$int": "an int beyond 2^53"}   {"$float": "nan", "inf", "-inf" or "-0.0"}
 *     {"$dict": [[key, value], ...]}   a dict with keys other than plain strings
 */
import { Tensor } from "../autograd/index.ts";
import { CheckpointError } from "./errors.ts";
import type { Json } from "./json.ts";
import { IntegerTensor } from "./tensors.ts";
import { keyOf, MAX_DEPTH, Size, Tuple } from "./values.ts";

export type AnyTensor = Tensor | IntegerTensor;

/** The floats that JSON has no number for. */
export const oddFloats = new Map<string, number>([
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
  ["-0.0", -0],
]);

/** Turning digits into an integer takes time with the square of their number. */
export const MAX_DIGITS = 5000;

/** State as JSON, and its tensors by the names that stand for them there. */
export class Encoding {
  readonly tensors = new Map<string, AnyTensor>();
  readonly #names = new Map<AnyTensor, string>();

  /** `path` says where the value is, with dots, for names and messages. */
  encode(value: unknown, path = "", depth = 0): Json {
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number") return encodeNumber(value);
    if (typeof value === "bigint") return encodeInt(value, path);
    if (value instanceof Tensor || value instanceof IntegerTensor) return this.#tensor(value, path);
    if (depth >= MAX_DEPTH) {
      throw new CheckpointError(
        `nesting: more than ${MAX_DEPTH} containers inside each other, or one that contains ` +
          `itself (${path.slice(0, 60)}...)`,
      );
    }
    const each = (items: Iterable<unknown>): Json[] =>
      Array.from(items, (item, i) => this.encode(item, join(path, i), depth + 1));
    if (value instanceof Size) return { $size: each(value) };
    if (value instanceof Tuple) return { $tuple: each(value) };
    if (Array.isArray(value)) return each(value);
    if (value instanceof Set) return { $set: each(value) };
    return encodeDict(
      entriesOf(value, path).map(([key, item]) => [
        encodeKey(key, path),
        this.encode(item, join(path, String(key)), depth + 1),
      ]),
    );
  }

  #tensor(tensor: AnyTensor, path: string): Json {
    if (tensor instanceof Tensor && tensor.is_sparse) throw unsupported("value", tensor, path);
    const json = { $tensor: this.#nameOf(tensor, path) };
    return tensor instanceof Tensor && tensor.requires_grad
      ? { ...json, requires_grad: true }
      : json;
  }

  /** Its path; a number is added where that is taken. A tensor met again keeps its name. */
  #nameOf(tensor: AnyTensor, path: string): string {
    const known = this.#names.get(tensor);
    if (known !== undefined) return known;
    // Half of a surrogate pair cannot be written in UTF-8.
    const plain = path.replace(/\p{Surrogate}/gu, "\ufffd");
    let name = plain;
    for (let n = 2; this.tensors.has(name) || name === "__metadata__"; n++) name = `${plain}~${n}`;
    this.#names.set(tensor, name);
    this.tensors.set(name, tensor);
    return name;
  }
}

function join(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}.${key}`;
}

function encodeNumber(value: number): Json {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  const [name] = [...oddFloats].find(([, float]) => Object.is(float, value))!;
  return { $float: name };
}

function encodeInt(value: bigint, path: string): Json {
  const digits = String(value);
  if (digits.length <= MAX_DIGITS) return { $int: digits };
  throw new CheckpointError(
    `bigint: ${digits.length} digits at ${path || "the top"}. At most ${MAX_DIGITS} are saved`,
  );
}

function encodeKey(key: unknown, path: string): Json {
  if (key === null || typeof key === "boolean" || typeof key === "string") return key;
  if (typeof key === "number") return encodeNumber(key);
  if (typeof key === "bigint") return encodeInt(key, path);
  throw unsupported("key", key, path);
}

function encodeDict(entries: [Json, Json][]): Json {
  const plain = entries.every(([key]) => typeof key === "string" && !key.startsWith("$"));
  return plain ? Object.fromEntries(entries) : { $dict: entries };
}

/** The keys and values of a dict; a whole number among an object's property names is an int. */
function entriesOf(value: unknown, path: string): [unknown, unknown][] {
  if (value instanceof Map) return [...value];
  const prototype: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) throw unsupported("value", value, path);
  return Object.entries(value as object).map(([name, item]) => [keyOf(name), item]);
}

function unsupported(what: string, value: unknown, path: string): CheckpointError {
  const kind = typeof value === "object" ? (value?.constructor?.name ?? "object") : typeof value;
  let remedy = "Save what its state_dict() returns";
  if (value === undefined) remedy = "Python has no undefined: use null, which is None";
  if (ArrayBuffer.isView(value)) remedy = "Save it as a tensor(...)";
  if (value instanceof Tensor) remedy = "Save its to_dense()";
  return new CheckpointError(`${what}: ${kind} at ${path || "the top"}. ${remedy}`);
}
