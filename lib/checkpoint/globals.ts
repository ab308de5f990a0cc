/**
 * The names that a checkpoint may mention, and what stands for them here. Everything else is
 * refused as soon as it is named, so a pickle can neither find nor call anything.
 *
 * Source: what `torch.save` writes, PyTorch 2.14.1: `torch/_utils.py`, `torch/serialization.py`.
 */
import { findDtype } from "./dtypes.ts";
import { CheckpointError } from "./errors.ts";
import { describe, type Global, isKind, type Py, type StorageRef } from "./python.ts";
import { MAX_RANK } from "./tensors.ts";

type Callable = (...args: Py[]) => Py | undefined;

const UNTYPED = "torch.storage.UntypedStorage";

/** Each returns undefined when its arguments are not what `torch.save` writes. */
const callables = new Map<string, Callable>([
  ["collections.OrderedDict", (...args) => (args.length === 0 ? emptyDict() : undefined)],
  ["collections.Counter", (counts) => (isKind(counts, "dict") ? counts : undefined)],
  ["torch.Size", (sizes) => retype("tuple", "torch.Size", sizes)],
  ["builtins.set", (items) => retype("list", "set", items)],
  ["__builtin__.set", (items) => retype("list", "set", items)],
  ["torch._utils._rebuild_tensor_v2", tensor],
  [
    "torch._utils._rebuild_tensor_v3",
    (storage, offset, shape, strides, requiresGrad, hooks, dtype, metadata) => {
      const found = isKind(dtype, "global") ? torchDtype(dtype.name) : undefined;
      if (!isKind(storage, "storage") || found === undefined) return undefined;
      const size = bytesOf(storage) / found.bytes;
      if (!Number.isInteger(size)) return undefined;
      const typed: StorageRef = { ...storage, dtype: found, size };
      return tensor(typed, offset, shape, strides, requiresGrad, hooks, metadata);
    },
  ],
  [
    "torch._utils._rebuild_parameter",
    (data, requires_grad) =>
      isKind(data, "tensor") && typeof requires_grad === "boolean"
        ? { ...data, requires_grad }
        : undefined,
  ],
]);

function emptyDict(): Py {
  return { kind: "dict", entries: new Map() };
}

/** The same items by another name. Not copied: a pickle may ask for it again and again. */
function retype(from: "tuple" | "list", to: "torch.Size" | "set", value: Py | undefined) {
  return isKind(value, from) ? { kind: to, items: value.items } : undefined;
}

function tensor(...args: (Py | undefined)[]): Py | undefined {
  const [storage, offset, shape, strides, requires_grad, , metadata = null] = args;
  if (!isKind(storage, "storage") || storage.dtype === null) return undefined;
  const [sizes, steps] = [numbers(shape), numbers(strides)];
  if (typeof offset !== "number" || sizes === undefined || steps === undefined) return undefined;
  // Metadata marks lazy negation and conjugation, which no state dict has.
  if (metadata !== null && !(isKind(metadata, "dict") && metadata.entries.size === 0)) {
    return undefined;
  }
  return {
    kind: "tensor",
    storage,
    dtype: storage.dtype,
    offset,
    shape: sizes,
    strides: steps,
    requires_grad: requires_grad === true,
  };
}

function numbers(value: Py | undefined): number[] | undefined {
  if (!isKind(value, "tuple") && !isKind(value, "torch.Size")) return undefined;
  if (value.items.length > MAX_RANK) return undefined;
  const all = value.items.filter((item) => typeof item === "number");
  return all.length === value.items.length ? all : undefined;
}

/** Agrees to a name, or refuses it. */
export function findGlobal(module: string, name: string): Global {
  const full = `${module}.${name}`;
  const known = callables.has(full) || full === UNTYPED || storageDtype(full) || torchDtype(full);
  if (known) return { kind: "global", name: full };
  throw new CheckpointError(
    `refused: ${full}. A checkpoint may hold tensors, containers, numbers and strings; this one ` +
      "asks for something else of Python's, and nothing of it was run. If you made it, save the " +
      "state instead: torch.save(model.state_dict(), path)",
  );
}

/** Carries out a call that a pickle asks for, by our own table. */
export function call(target: Py, args: Py): Py {
  const callable = isKind(target, "global") ? callables.get(target.name) : undefined;
  if (callable === undefined || !isKind(args, "tuple")) {
    throw new CheckpointError(`refused: a call of ${describe(target)}`);
  }
  const result = callable(...args.items.slice(0, 8));
  if (result !== undefined) return result;
  const given = args.items.slice(0, 8).map(describe).join(", ");
  throw new CheckpointError(`${describe(target)}: called with (${given}), which is not supported`);
}

/** `("storage", torch.FloatStorage, key, device, size)`; older files add None for "not a view". */
export function storageOf(id: Py): StorageRef {
  const [tag, type, key, , size, view = null] = isKind(id, "tuple") ? id.items : [];
  const name = isKind(type, "global") ? type.name : "";
  const dtype = name === UNTYPED ? null : storageDtype(name);
  const whole = typeof size === "number" && Number.isSafeInteger(size) && size >= 0;
  if (tag === "storage" && dtype !== undefined && typeof key === "string" && whole && !view) {
    return { kind: "storage", key, dtype, size };
  }
  throw new CheckpointError(`storage: ${describe(type)} is not described as PyTorch does`);
}

export function bytesOf({ size, dtype }: StorageRef): number {
  return size * (dtype?.bytes ?? 1);
}

function storageDtype(full: string) {
  return full.startsWith("torch.") ? findDtype("storage", full.slice(6)) : undefined;
}

function torchDtype(full: string) {
  return full.startsWith("torch.") ? findDtype("name", full.slice(6)) : undefined;
}
