import type { Tensor } from "../autograd/index.ts";
import type { IntegerTensor } from "./tensors.ts";

/** What the keys of a Python dict may be. */
export type Key = string | number | bigint | boolean | null;

/**
 * What a checkpoint holds, and what Python calls it: null (None), boolean (bool), number (int and
 * float), bigint (an int beyond 2^53), string (str), arrays (list, `Tuple`, `Size`), Set (set),
 * objects and Maps (dict, OrderedDict; `dictOf` says which), tensors.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | IntegerTensor
  | Value[]
  | Set<Value>
  | Map<Key, Value>
  | Dict;

export interface Dict {
  [key: string]: Value;
}

/** A Python tuple: an array that is a tuple again when it is saved. */
export class Tuple<T = Value> extends Array<T> {}

/** A `torch.Size`: the shape of a tensor. */
export class Size extends Tuple<number> {}

/** No checkpoint that PyTorch or a person writes is nested deeper; the stack holds this easily. */
export const MAX_DEPTH = 100;

/**
 * A Python dict. JavaScript does not tell `o[0]` from `o["0"]`, so in an object a key that reads
 * like a whole number stands for a Python int (as in an optimizer's `state`), and every other key
 * for a str. A dict with other keys ("0", -1, 2.5, true, None) is a Map, which keeps them all.
 *
 * @example
 * dictOf([["lr", 0.1], [0, "first"]]) // { "0": "first", lr: 0.1 }
 * dictOf([["0", "first"]]) // Map(1) { "0" => "first" }
 */
export function dictOf(entries: readonly (readonly [Key, Value])[]): Dict | Map<Key, Value> {
  const fits = entries.every(([key]) => keyOf(String(key)) === key && key !== "__proto__");
  return fits ? Object.fromEntries(entries) : new Map(entries);
}

/** The Python key that a property's name stands for. */
export function keyOf(name: string): string | number {
  const number = Number(name);
  const whole = Number.isSafeInteger(number) && number >= 0 && String(number) === name;
  return whole ? number : name;
}
