/** Nested state from the JSON that encode.ts describes. */
import { Tensor } from "../autograd/index.ts";
import { type AnyTensor, MAX_DIGITS, oddFloats } from "./encode.ts";
import { CheckpointError } from "./errors.ts";
import type { Json } from "./json.ts";
import { dictOf, type Key, MAX_DEPTH, Size, Tuple, type Value } from "./values.ts";

/** The state, with these tensors in their places. Each of them must have a place. */
export function decode(json: Json, tensors: ReadonlyMap<string, AnyTensor>): Value {
  const unplaced = new Set(tensors.keys());
  const value = decodeValue(json, 0, (name) => {
    unplaced.delete(name);
    return tensors.get(name);
  });
  for (const name of unplaced) throw damaged(`the tensor ${show(name)} has no place`);
  return value;
}

type Find = (name: string) => AnyTensor | undefined;

function decodeValue(json: Json, depth: number, find: Find): Value {
  if (json === null || typeof json !== "object") return json;
  // Not >=, because the object that stands for a tensor is no container.
  if (depth > MAX_DEPTH) throw damaged(`more than ${MAX_DEPTH} containers inside each other`);
  const each = (items: Json) => listOf(items).map((item) => decodeValue(item, depth + 1, find));
  if (Array.isArray(json)) return each(json);
  const tag = Object.keys(json).find((key) => key.startsWith("$"));
  if (tag === undefined) {
    const decode = (item: Json) => decodeValue(item, depth + 1, find);
    return dictOf(Object.entries(json).map(([key, item]) => [key, decode(item)]));
  }
  const { [tag]: inner = null, requires_grad, ...others } = json;
  const odd = Object.keys(others)[0];
  if (odd !== undefined) throw damaged(`${show(odd)} beside ${show(tag)}`);
  if (tag === "$tensor") return decodeTensor(inner, requires_grad, find);
  if (tag === "$tuple") return Tuple.from(each(inner));
  if (tag === "$size") return Size.from(each(inner).map(decodeNumber));
  if (tag === "$set") return new Set(each(inner));
  if (tag === "$int") return decodeInt(inner);
  if (tag === "$float") return decodeOddFloat(inner);
  if (tag === "$dict") return dictOf(listOf(inner).map((entry) => decodeEntry(each(entry))));
  throw damaged(`${show(tag)} is not known`);
}

function decodeTensor(name: Json, requiresGrad: Json | undefined, find: Find): AnyTensor {
  const tensor = typeof name === "string" ? find(name) : undefined;
  if (tensor === undefined) throw damaged(`there is no tensor ${show(name)}`);
  if (requiresGrad === true && tensor instanceof Tensor) tensor.requires_grad = true;
  return tensor;
}

function decodeEntry(entry: Value[]): [Key, Value] {
  const [key = null, value] = entry;
  if (entry.length !== 2 || value === undefined) throw damaged("a dict entry that is no pair");
  if (key === null || typeof key !== "object") return [key, value];
  throw damaged("a dict key that is a container");
}

function decodeNumber(value: Value): number {
  if (typeof value === "number") return value;
  throw damaged("a size that is no number");
}

function decodeInt(digits: Json): bigint {
  if (typeof digits === "string" && digits.length <= MAX_DIGITS && /^-?\d+$/.test(digits)) {
    return BigInt(digits);
  }
  throw damaged(`the int ${show(digits)} is not made of at most ${MAX_DIGITS} digits`);
}

function decodeOddFloat(name: Json): number {
  const value = oddFloats.get(String(name));
  if (value === undefined) throw damaged(`the float ${show(name)} is not known`);
  return value;
}

function listOf(json: Json): Json[] {
  if (Array.isArray(json)) return json;
  throw damaged(`${show(json)} where a list should be`);
}

function show(json: Json): string {
  // Never JSON.stringify of a container: a damaged file may nest deeper than the stack.
  if (json === null || typeof json !== "object") return JSON.stringify(json).slice(0, 80);
  return Array.isArray(json) ? "a list" : "an object";
}

function damaged(what: string): CheckpointError {
  return new CheckpointError(`structure: ${what}. The file is damaged`);
}
