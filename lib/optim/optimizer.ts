import { enable_grad, type HookHandle, no_grad, Tensor, tensor } from "../autograd/index.ts";
import { KeyError, repr, ValueError } from "./errors.ts";
import { Hooks, StepHooks, type StepPostHook, type StepPreHook } from "./hooks.ts";
import {
  checkParams,
  type GroupInput,
  isGroup,
  listParams,
  type ParamGroup,
  type Params,
  typeName,
} from "./param_groups.ts";

export type { GroupInput, ParamGroup, Params } from "./param_groups.ts";

/** What an optimizer remembers about one parameter, by PyTorch's names. */
export type State = Record<string, Tensor | number | null>;

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

  readonly #steps = new StepHooks();
  readonly #beforeSave = new Hooks<(optimizer: unknown) => void>();
  readonly #afterSave = new Hooks<StateHook>();
  readonly #beforeLoad = new Hooks<StateHook>();
  readonly #afterLoad = new Hooks<(optimizer: unknown) => void>();

  constructor(params: Params<O>, defaults: O) {
    this.defaults = defaults;
    this.#hookStep();
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
    for (const hook of this.#beforeSave.all) hook(this);
    const places = new Map<Tensor, number>();
    for (const param of this.param_groups.flatMap(({ params }) => params)) {
      if (!places.has(param)) places.set(param, places.size);
    }
    const state = [...this.state].map(([param, state]) => [places.get(param)!, state] as const);
    const param_groups = this.param_groups.map(({ params, ...options }) => ({
      ...options,
      params: params.map((param) => places.get(param)!),
    }));
    const saved = { state: Object.fromEntries(state), param_groups } as unknown as StateDict<O>;
    return through(this.#afterSave, this, saved);
  }

  /**
   * Goes on from a saved state. Groups are matched by order, and only their number and sizes are
   * checked, as in PyTorch. Tensors are copied; `step` keeps its type, the rest takes the parameter's.
   * An option that the saved group lacks, as one of an older version may, takes its default.
   */
  load_state_dict(given: StateDict<O>): void {
    const saved = through(this.#beforeLoad, this, { ...given });
    const live = this.#match(saved);
    this.state.clear();
    for (const [place, state] of Object.entries(saved.state)) {
      const param = live.get(Number(place));
      if (param !== undefined) this.state.set(param, copyState(state, param));
    }
    this.param_groups.forEach((group, i) => {
      const { params, param_names } = group;
      const loaded = { ...saved.param_groups[i]!, params };
      for (const name of Object.keys(group)) delete (group as Record<string, unknown>)[name];
      Object.assign(group, loaded);
      if (param_names !== undefined) group.param_names ??= param_names;
      for (const name of Object.keys(this.defaults) as (keyof O)[]) {
        if (!(name in loaded)) Object.assign(group, { [name]: this.defaults[name] });
      }
    });
    this.stateLoaded();
    for (const hook of this.#afterLoad.all) hook(this);
  }

  /** The parameter that each saved place stands for. */
  #match(saved: StateDict<O>): Map<number, Tensor> {
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
    return live;
  }

  /** What a subclass has to put right in a state that was just loaded. */
  protected stateLoaded(): void {}

  /**
   * Calls a function before each step, with the optimizer and the arguments of `step`; a list that it
   * returns replaces them. Like every hook it is called after those registered before it, and
   * `remove()` of what is returned ends it. Hooks of all optimizers come first, see
   * `register_optimizer_step_pre_hook`.
   *
   * @example
   * const w = tensor([1], { requires_grad: true });
   * const opt = new SGD([w], { lr: 1 });
   * opt.register_step_pre_hook(() => clip_grad_value_([w], 0.25));
   * w.grad = tensor([100]);
   * opt.step();
   * w // tensor([0.7500], requires_grad=true)
   */
  register_step_pre_hook(hook: StepPreHook<this>): HookHandle {
    return this.#steps.pre.add(hook as never);
  }
  /** Calls a function after each step. */
  register_step_post_hook(hook: StepPostHook<this>): HookHandle {
    return this.#steps.post.add(hook as never);
  }
  /** Calls a function before `state_dict` looks at the state; with `prepend` before the others. */
  register_state_dict_pre_hook(hook: (optimizer: this) => void, prepend = false): HookHandle {
    return this.#beforeSave.add(hook as never, prepend);
  }
  /** Shows what `state_dict` will return to a function, which may return another in its place. */
  register_state_dict_post_hook(
    hook: (optimizer: this, saved: StateDict<O>) => StateDict<O> | void,
    prepend = false,
  ): HookHandle {
    return this.#afterSave.add(hook as never, prepend);
  }
  /**
   * Shows what is to be loaded (a shallow copy) to a function, which may return another in its place.
   *
   * @example
   * const opt = new SGD([tensor([1], { requires_grad: true })], { lr: 0.5 });
   * opt.register_load_state_dict_pre_hook((_, { state, param_groups }) => ({
   *   state, param_groups: param_groups.map((group) => ({ ...group, lr: 0.25 })),
   * }));
   * opt.load_state_dict(opt.state_dict());
   * opt.param_groups[0].lr // 0.25
   */
  register_load_state_dict_pre_hook(
    hook: (optimizer: this, saved: StateDict<O>) => StateDict<O> | void,
    prepend = false,
  ): HookHandle {
    return this.#beforeLoad.add(hook as never, prepend);
  }
  /** Calls a function after a state was loaded. */
  register_load_state_dict_post_hook(hook: (optimizer: this) => void, prepend = false): HookHandle {
    return this.#afterLoad.add(hook as never, prepend);
  }

  /**
   * Puts the hooks around `step` of the class, once: also where a subclass has written its own. It is
   * what PyTorch's `_patch_step_function` does.
   */
  #hookStep(): void {
    let owner = Object.getPrototypeOf(this) as Stepping;
    while (!Object.hasOwn(owner, "step")) owner = Object.getPrototypeOf(owner) as Stepping;
    const { step } = owner;
    if (hooked.has(step)) return;
    owner.step = function (...given) {
      return this.#steps.around(this, given, (args) => step.apply(this, [...args]));
    };
    hooked.add(owner.step);
  }

  /**
   * The options of every group.
   *
   * @example
   * String(new extra.Lion([tensor([1], { requires_grad: true })])).split("\n")[2] // "    betas: [0.9, 0.99]"
   */
  toString(): string {
    const groups = this.param_groups.map(({ params: _, ...options }, i) => {
      const lines = Object.entries(options)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `    ${name}: ${shown(value)}\n`);
      return `Parameter Group ${i}\n${lines.join("")}`;
    });
    return `${this.constructor.name} (\n${groups.join("\n")})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

interface Stepping {
  step(this: Optimizer<object>, ...args: unknown[]): unknown;
}

type StateHook = (optimizer: unknown, saved: unknown) => unknown;

/** What hooks make of a state, one after the other. */
function through<S>(hooks: Hooks<StateHook>, optimizer: unknown, saved: S): S {
  return hooks.all.reduce(
    (saved, hook) => (hook(optimizer, saved) as S | undefined) ?? saved,
    saved,
  );
}

/** Functions `step` that have the hooks around them. */
const hooked = new WeakSet<object>();

function shown(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(shown).join(", ")}]` : repr(value);
}

function copyState(state: State, param: Tensor): State {
  const copies = Object.entries(state).map(([name, value]) => {
    if (!(value instanceof Tensor)) return [name, value] as const;
    const dtype = name === "step" ? value.dtype : param.dtype;
    return [name, tensor(value.data, { shape: value.shape, dtype })] as const;
  });
  return Object.fromEntries(copies);
}
