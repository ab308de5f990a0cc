import { enable_grad, no_grad, Tensor, tensor } from "../autograd/index.ts";
import { KeyError, ValueError } from "./errors.ts";

/** What an optimizer remembers about one parameter, by PyTorch's names. */
export type State = Record<string, Tensor | number | null>;

/** Parameters that share options: `{ params: [w, b], lr: 0.1 }`. */
export type ParamGroup<O> = O & { params: Tensor[]; param_names?: string[] };

/** A group as it is handed in: options that are missing come from the optimizer's own. */
export type GroupInput<O> = Partial<O> & { params: Tensor | Iterable<Tensor | NamedTensor> };
export type NamedTensor = readonly [name: string, tensor: Tensor];

/** Tensors, or `[name, tensor]` pairs, or groups. */
export type Params<O> = Iterable<Tensor | NamedTensor | GroupInput<O>>;

export interface StateDict<O> {
  state: Record<number, State>;
  param_groups: (O & { params: number[]; param_names?: string[] })[];
}

/**
 * What all optimizers share: parameter groups, state, saving and loading. A subclass gives the
 * defaults of its options and says what one step does to one group.
 *
 * Source: PyTorch 2.14.1, `torch.optim.Optimizer`.
 */
export abstract class Optimizer<O extends object> {
  /** Options by group, live: a scheduler writes `param_groups[0].lr`. */
  readonly param_groups: ParamGroup<O>[] = [];
  /** What was remembered, by parameter. Empty until a parameter gets its first gradient. */
  readonly state = new Map<Tensor, State>();
  readonly defaults: O;

  constructor(params: Params<O>, defaults: O) {
    this.defaults = defaults;
    if (params instanceof Tensor) {
      throw new TypeError(
        "params argument given to the optimizer should be an iterable of Tensors or dicts, " +
          `but got ${params.typeName}`,
      );
    }
    const list = [...params];
    if (list.length === 0) throw new ValueError("optimizer got an empty parameter list");
    const first = list[0];
    const groups = isGroup(first) ? list : [{ params: params instanceof Set ? params : list }];
    for (const group of groups) this.add_param_group(group as GroupInput<O>);
  }

  /** One step of one group. Parameters without a gradient are skipped by the subclass. */
  protected abstract stepGroup(group: ParamGroup<O>): void;

  /**
   * Moves every parameter that has a gradient. A closure computes the loss again, with recording on;
   * its result is returned.
   *
   * @example
   * const w = tensor([1], { requires_grad: true });
   * const opt = new SGD([w], { lr: 0.25 });
   * w.mul(2).sum().backward();
   * opt.step();
   * w // tensor([0.5000], requires_grad=true)
   */
  step(): undefined;
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | undefined {
    const loss = closure && enable_grad(closure);
    no_grad(() => this.param_groups.forEach((group) => this.stepGroup(group)));
    return loss;
  }

  /** Forgets the gradients; with `set_to_none = false` fills them with zeros instead. */
  zero_grad(set_to_none = true): void {
    for (const param of this.param_groups.flatMap(({ params }) => params)) {
      if (set_to_none) param.grad = null;
      else param.peekGrad()?.detach().zero_();
    }
  }

  /** Adds parameters to train with options of their own, as after unfreezing a layer. */
  add_param_group(input: GroupInput<O>): void {
    if (!isGroup(input)) {
      throw new TypeError(`param_group must be a dict, but got ${typeName(input)}`);
    }
    if (!("params" in input)) throw new KeyError("'params'");
    const { params, names } = listParams(input.params);
    checkParams(params, Boolean((this.defaults as { differentiable?: boolean }).differentiable));
    const taken = new Set(this.param_groups.flatMap((group) => group.params));
    if (params.some((param) => taken.has(param))) {
      throw new ValueError("some parameters appear in more than one parameter group");
    }
    const named = this.param_groups[0]?.param_names !== undefined;
    if (this.param_groups.length > 0 && named !== (names !== undefined)) {
      throw new ValueError(
        "all optimizer param groups should be with/without names. cannot add param group " +
          `${named ? "without" : "with"} names to the optimizer`,
      );
    }
    const group = { ...this.defaults, ...input, params, ...(names && { param_names: names }) };
    this.param_groups.push(group as unknown as ParamGroup<O>);
  }

  /**
   * Everything that training needs to go on: state by the parameter's place (0, 1, ... through the
   * groups), and the groups with places instead of parameters. Tensors are not copied.
   */
  state_dict(): StateDict<O> {
    const places = new Map<Tensor, number>();
    for (const param of this.param_groups.flatMap(({ params }) => params)) {
      if (!places.has(param)) places.set(param, places.size);
    }
    const state = [...this.state].map(([param, state]) => [places.get(param)!, state] as const);
    const param_groups = this.param_groups.map(({ params, ...options }) => ({
      ...options,
      params: params.map((param) => places.get(param)!),
    }));
    return { state: Object.fromEntries(state), param_groups } as unknown as StateDict<O>;
  }

  /**
   * Goes on from a saved state. Groups are matched by order, and only their number and sizes are
   * checked, as in PyTorch. Tensors are copied; `step` keeps its type, the rest takes the parameter's.
   */
  load_state_dict(saved: StateDict<O>): void {
    if (saved.param_groups.length !== this.param_groups.length) {
      throw new ValueError("loaded state dict has a different number of parameter groups");
    }
    const sizes = saved.param_groups.map(({ params }) => params.length);
    if (this.param_groups.some(({ params }, i) => params.length !== sizes[i])) {
      throw new ValueError(
        "loaded state dict contains a parameter group that doesn't match the size of " +
          "optimizer's group",
      );
    }
    const live = new Map<number, Tensor>();
    this.param_groups.forEach(({ params }, i) => {
      params.forEach((param, j) => live.set(saved.param_groups[i]!.params[j]!, param));
    });
    this.state.clear();
    for (const [place, state] of Object.entries(saved.state)) {
      const param = live.get(Number(place));
      if (param !== undefined) this.state.set(param, copyState(state, param));
    }
    this.param_groups.forEach(({ params, param_names }, i) => {
      const options = { ...saved.param_groups[i]!, params, ...(param_names && { param_names }) };
      const group = this.param_groups[i] as Record<string, unknown>;
      for (const name of Object.keys(group)) delete group[name];
      Object.assign(group, options);
    });
  }
}

function copyState(state: State, param: Tensor): State {
  const copies = Object.entries(state).map(([name, value]) => {
    if (!(value instanceof Tensor)) return [name, value] as const;
    const dtype = name === "step" ? value.dtype : param.dtype;
    return [name, tensor(value.data, { shape: value.shape, dtype })] as const;
  });
  return Object.fromEntries(copies);
}

function isGroup(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function isNamed(value: unknown): value is NamedTensor {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string";
}

function listParams(input: Tensor | Iterable<Tensor | NamedTensor>) {
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

function checkParams(params: readonly Tensor[], differentiable: boolean): void {
  for (const param of params) {
    if (!(param instanceof Tensor)) {
      throw new TypeError(
        `optimizer can only optimize Tensors, but one of the params is ${typeName(param)}`,
      );
    }
    if (!param.is_leaf && !differentiable) throw new ValueError("can't optimize a non-leaf Tensor");
  }
  if (new Set(params).size < params.length) {
    console.warn(
      "optimizer contains a parameter group with duplicate parameters; in future, this will " +
        "cause an error; see github.com/pytorch/pytorch/issues/40967 for more information",
    );
  }
}

function typeName(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return value.constructor?.name ?? "object";
}
