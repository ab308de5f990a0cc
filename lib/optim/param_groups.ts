/** What an optimizer is given to train: read, and checked in PyTorch's words. */
import { Tensor } from "../autograd/index.ts";
import { showShape } from "../autograd/shape.ts";
import { steppedIn } from "../kernels/index.ts";
import { RuntimeError, ValueError } from "./errors.ts";

/** Parameters that share options: `{ params: [w, b], lr: 0.1 }`. */
export type ParamGroup<O> = O & { params: Tensor[]; param_names?: string[] };

/** A group as it is handed in: options that are missing come from the optimizer's own. */
export type GroupInput<O> = Partial<O> & { params: Tensor | Iterable<Tensor | NamedTensor> };
export type NamedTensor = readonly [name: string, tensor: Tensor];

/** Tensors, or `[name, tensor]` pairs, or groups. */
export type Params<O> = Iterable<Tensor | NamedTensor | GroupInput<O>>;

export function isGroup(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function isNamed(value: unknown): value is NamedTensor {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string";
}

export function listParams(input: Tensor | Iterable<Tensor | NamedTensor>) {
  if (input instanceof Set) {
    throw new TypeError(
      "optimizer parameters need to be organized in ordered collections, but the ordering of " +
        "tensors in sets will change between runs. Please use a list instead.",
    );
  }
  const list = input instanceof Tensor ? [input] : [...input];
  const names = list.filter(isNamed).map(([name]) => name);
  if (names.length > 0 && names.length < list.length) {
    throw new ValueError(
      "all optimizer params should be with/without names. Some param names are missing",
    );
  }
  const params = list.map((entry) => (isNamed(entry) ? entry[1] : (entry as Tensor)));
  return names.length > 0 ? { params, names } : { params };
}

export function checkParams(params: readonly Tensor[], differentiable: boolean): void {
  for (const param of params) {
    if (!(param instanceof Tensor)) {
      throw new TypeError(
        `optimizer can only optimize Tensors, but one of the params is ${typeName(param)}`,
      );
    }
    steppedIn(param);
    if (!param.is_leaf && !differentiable) throw new ValueError("can't optimize a non-leaf Tensor");
  }
  if (new Set(params).size < params.length) {
    console.warn(
      "optimizer contains a parameter group with duplicate parameters; in future, this will " +
        "cause an error; see github.com/pytorch/pytorch/issues/40967 for more information",
    );
  }
}

/** For an optimizer that steps on the CPU only: refuses newer numbers elsewhere, before anything moves. */
export function checkOnHost(optimizer: string, params: readonly Tensor[]): void {
  const { shape, remote } = params.find(({ remote }) => remote?.ahead) ?? {};
  if (!shape || !remote) return;
  throw new RuntimeError(
    `${optimizer}: it steps on the CPU, but the newest numbers of a parameter ${showShape(shape)} are ` +
      `on the ${remote.name}. Fetch them before step(): await w.read()`,
  );
}

export function typeName(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return value.constructor?.name ?? "object";
}
