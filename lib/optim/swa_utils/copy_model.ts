import { Tensor } from "../../autograd/index.ts";

/** A model with tensors of its own: objects, arrays, maps and sets are copied through and through. */
export function copyModel<T>(model: T): T {
  return copy(model, new Map()) as T;
}

/** What was copied already is not copied again, so that shared tensors stay shared. */
function copy(value: unknown, done: Map<unknown, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (done.has(value)) return done.get(value);
  const note = <T>(made: T): T => {
    done.set(value, made);
    return made;
  };
  if (value instanceof Tensor) {
    return note(new Tensor(value.data.slice(), value.shape, value.requires_grad));
  }
  if (ArrayBuffer.isView(value)) return note(structuredClone(value));
  if (value instanceof Map) {
    const made = note(new Map());
    value.forEach((entry, key) => made.set(copy(key, done), copy(entry, done)));
    return made;
  }
  if (value instanceof Set) {
    const made = note(new Set());
    value.forEach((entry) => made.add(copy(entry, done)));
    return made;
  }
  const made = note(Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value)));
  for (const key of Reflect.ownKeys(value)) {
    if (Array.isArray(value) && key === "length") continue;
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    if ("value" in property) property.value = copy(property.value, done);
    Object.defineProperty(made, key, property);
  }
  return made;
}
