import { no_grad, type Tensor, Tensor as TensorClass, tensor } from "../autograd/index.ts";
import { sameShape, showShape } from "../autograd/shape.ts";

/** Tensors by name: `{ "0.weight": tensor(...), "0.bias": tensor(...) }`. */
export type StateDict = Record<string, Tensor>;

/** A saved tensor; whole numbers may come as another kind, of which only elements and shape are read. */
export type SavedTensor =
  Tensor | { readonly data: ArrayLike<number | bigint>; readonly shape: readonly number[] };

/** What `load_state_dict` found, where it was told not to be strict. */
export interface IncompatibleKeys {
  missing_keys: string[];
  unexpected_keys: string[];
}

/**
 * A part of a model that holds what is to be learned. A property that is a leaf tensor is a parameter,
 * unless `register_buffer` made it; a property that is a module, or an array of modules, is a child.
 *
 * @example
 * class Scale extends Module {
 *   factor = ones([1], { requires_grad: true });
 *   forward(x) { return x.mul(this.factor); }
 * }
 * const model = new Scale();
 * model.forward(tensor([2, 3])).detach() // tensor([2., 3.])
 * model.parameters() // [tensor([1.], requires_grad=true)]
 */
export abstract class Module {
  /** Whether parts that behave differently in training (Dropout) do so. */
  training = true;
  /** Names of tensors that belong to the model without being trained; whether they are saved. */
  private readonly kept = new Map<string, boolean>();

  abstract forward(...inputs: never[]): Tensor;

  /**
   * Adds a tensor that is not trained but belongs to the model: saved with it unless `persistent` is
   * false. It is the property `name` from then on.
   */
  register_buffer(name: string, buffer: Tensor, persistent = true): void {
    if (name === "" || name.includes(".")) {
      throw new RangeError(`buffer name: "${name}". It must not be empty or contain "."`);
    }
    if (name in this && !this.kept.has(name)) {
      throw new RangeError(`attribute '${name}' already exists`);
    }
    this.kept.set(name, persistent);
    (this as unknown as Record<string, Tensor>)[name] = buffer;
  }

  /** The parts directly in this one, by property name. */
  named_children(): [name: string, module: Module][] {
    return Object.entries(this).flatMap(([name, value]: [string, unknown]) => {
      if (value instanceof Module) return [[name, value] as [string, Module]];
      if (!Array.isArray(value)) return [];
      return value.flatMap((each, i): [string, Module][] =>
        each instanceof Module ? [[`${name}.${i}`, each]] : [],
      );
    });
  }
  children(): Module[] {
    return this.named_children().map(([, module]) => module);
  }

  /** This module and all parts within, each once. */
  named_modules(prefix = "", seen = new Set<Module>()): [name: string, module: Module][] {
    if (seen.has(this)) return [];
    seen.add(this);
    const within = this.named_children().flatMap(([name, child]) =>
      child.named_modules(join(prefix, name), seen),
    );
    return [[prefix, this], ...within];
  }
  modules(): Module[] {
    return this.named_modules().map(([, module]) => module);
  }

  /**
   * What is to be trained, by its path through the modules; shared tensors once. An optimizer takes
   * the list as it is.
   *
   * @example
   * const model = new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1));
   * model.named_parameters().map(([name]) => name) // ["0.weight", "0.bias", "2.weight", "2.bias"]
   */
  named_parameters(): [name: string, parameter: Tensor][] {
    return this.everywhere((module) => module.own().filter(([name]) => !module.kept.has(name)));
  }
  parameters(): Tensor[] {
    return this.named_parameters().map(([, parameter]) => parameter);
  }

  /** What belongs to the model without being trained. */
  named_buffers(): [name: string, buffer: Tensor][] {
    return this.everywhere((module) => module.own().filter(([name]) => module.kept.has(name)));
  }
  buffers(): Tensor[] {
    return this.named_buffers().map(([, buffer]) => buffer);
  }

  /**
   * Everything that is to be saved, by name: parameters and persistent buffers. The tensors share
   * memory with the model.
   */
  state_dict(): StateDict {
    const named = this.everywhere((module) =>
      module.own().filter(([name]) => module.kept.get(name) !== false),
    );
    return Object.fromEntries(named.map(([name, tensor]) => [name, tensor.detach()]));
  }

  /**
   * Copies saved tensors into the model. Nothing is changed if anything does not fit.
   *
   * Errors: names that are missing or unknown (unless `strict` is false), and other shapes.
   */
  load_state_dict(state: Record<string, SavedTensor>, { strict = true } = {}): IncompatibleKeys {
    const own = this.state_dict();
    const missing_keys = Object.keys(own).filter((name) => !(name in state));
    const unexpected_keys = Object.keys(state).filter((name) => !(name in own));
    const quoted = (names: string[]) => names.map((name) => `"${name}"`).join(", ");
    const wrong: string[] = [];
    if (strict && unexpected_keys.length > 0) {
      wrong.push(`Unexpected key(s) in state_dict: ${quoted(unexpected_keys)}.`);
    }
    if (strict && missing_keys.length > 0) {
      wrong.push(`Missing key(s) in state_dict: ${quoted(missing_keys)}.`);
    }
    const common = Object.keys(own).filter((name) => name in state);
    for (const name of common) {
      const [mine, its] = [own[name]!.shape, state[name]!.shape];
      if (sameShape(mine, its)) continue;
      wrong.push(
        `size mismatch for ${name}: copying a param with shape ${showShape(its)} from checkpoint, ` +
          `the shape in current model is ${showShape(mine)}.`,
      );
    }
    if (wrong.length > 0) {
      const title = `Error(s) in loading state_dict for ${this.constructor.name}:`;
      throw new Error([title, ...wrong].join("\n\t"));
    }
    no_grad(() => common.forEach((name) => own[name]!.copy_(numbersOf(state[name]!))));
    return { missing_keys, unexpected_keys };
  }

  /** Into training mode, or out of it: with all parts within. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }
  /** Out of training mode. */
  eval(): this {
    return this.train(false);
  }

  /** Forgets the gradients; with `set_to_none = false` fills them with zeros instead. */
  zero_grad(set_to_none = true): void {
    for (const parameter of this.parameters()) {
      if (set_to_none) parameter.grad = null;
      else parameter.peekGrad()?.detach().zero_();
    }
  }

  /** Whether the parameters are to be trained: `false` freezes them. */
  requires_grad_(on = true): this {
    for (const parameter of this.parameters()) parameter.requires_grad_(on);
    return this;
  }

  /**
   * Calls a function with every part within, then with this module: for initialisation.
   *
   * @example
   * const model = new Sequential(new Linear(2, 1), new Tanh());
   * model.apply((module) => { if (module instanceof Linear) init.zeros_(module.weight); });
   * model[0].weight.detach() // tensor([[0., 0.]])
   */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** What stands between the parentheses when the module prints. */
  protected extra_repr(): string {
    return "";
  }

  toString(): string {
    const inside = this.named_children().map(
      ([name, child]) => `  (${name}): ${String(child).replaceAll("\n", "\n  ")}\n`,
    );
    const content = inside.length > 0 ? `\n${inside.join("")}` : this.extra_repr();
    return `${this.constructor.name}(${content})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }

  /** The leaf tensors directly in this module. */
  private own(): [string, Tensor][] {
    return Object.entries(this).filter(
      (entry): entry is [string, Tensor] => entry[1] instanceof TensorClass && entry[1].is_leaf,
    );
  }

  private everywhere(list: (module: Module) => [string, Tensor][]): [string, Tensor][] {
    const seen = new Set<Tensor>();
    return this.named_modules().flatMap(([prefix, module]) =>
      list(module).flatMap(([name, tensor]): [string, Tensor][] => {
        if (seen.has(tensor)) return [];
        seen.add(tensor);
        return [[join(prefix, name), tensor]];
      }),
    );
  }
}

const join = (prefix: string, name: string) => (prefix === "" ? name : `${prefix}.${name}`);

function numbersOf(saved: SavedTensor): Tensor {
  if (saved instanceof TensorClass) return saved;
  return tensor(Float64Array.from(saved.data, Number), { shape: saved.shape });
}
