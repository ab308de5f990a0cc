import { type Dtype, enable_grad, Tensor, tensor } from "../autograd/index.ts";
import { SparseTensor } from "../autograd/sparse.ts";
import {
  decidingOptions,
  type Device,
  makeDevice,
  type Job,
  type Options,
  type Program,
  type Rule,
  type Scalar,
  settings,
  specialise,
} from "../kernels/index.ts";
import { stepOnTensors } from "./differentiable.ts";
import { AssertionError, RuntimeError, ValueError } from "./errors.ts";
import { type Given, type Switches, withDefaults } from "./options.ts";
import { Optimizer, type ParamGroup, type Params, type State } from "./optimizer.ts";

/** An optimizer whose step is a rule: the text is specialised to each group's options and run. */
export abstract class RuleOptimizer<O extends object> extends Optimizer<O> {
  /** The text that everything about the optimizer is printed from. Every subclass has one. */
  static readonly rule: Rule;

  readonly rule: Rule;
  readonly #device: Device;
  readonly #programs = new Map<string, Program>();
  readonly #deciding: readonly string[];

  constructor(params: Params<O>, options: Given<O> = {}) {
    const { rule, check } = new.target as unknown as typeof RuleOptimizer;
    const all = withDefaults<O>(rule, options);
    checkTensors(all);
    check(numbersOf(all));
    super(params, all);
    this.rule = rule;
    this.#deciding = decidingOptions(rule);
    const tensors = this.param_groups.flatMap((group) => group.params);
    this.#device = makeDevice(tensors.reduce((sum, param) => sum + param.size, 0));
    for (const param of tensors) this.#device.adopt(param);
    if (rule.eager) this.param_groups.forEach((group) => this.#createAll(group));
  }

  /** Refuses options that make no sense. Those of single groups are not checked, as in PyTorch. */
  static check(_options: object): void {}

  /** A sparse gradient with all its zeros, where an optimizer takes one; most do not. */
  protected toDense(_grad: SparseTensor, _group: ParamGroup<O>): Tensor {
    throw new RuntimeError(`${this.rule.name} does not support sparse gradients`);
  }

  protected override stepGroup(group: ParamGroup<O>): void {
    const { differentiable, foreach } = group as Partial<Switches>;
    if (differentiable) {
      if (foreach) throw new AssertionError("_foreach ops don't support autograd");
      return enable_grad(() => this.#stepDifferentiably(group));
    }
    const values = settings(this.rule, numbersOf(group));
    const batches = new Map<Dtype, Batch>();
    for (const param of group.params) {
      const { dtype } = param;
      let grad = param.peekGrad();
      if (grad === null) continue;
      if (grad instanceof SparseTensor) grad = this.toDense(grad, group);
      let batch = batches.get(dtype);
      if (batch === undefined) {
        batches.set(dtype, (batch = newBatch(this.#program(group, values, dtype), values)));
      }
      const { program, jobs, first, later } = batch;
      const isNew = this.#createState(param, program, values);
      jobs.push(jobFor(param, grad, program, this.state.get(param)!, isNew ? first : later));
      param.version++;
    }
    for (const { program, jobs } of batches.values()) this.#device.run(program, jobs);
  }

  #stepDifferentiably(group: ParamGroup<O>): void {
    const options = group as unknown as Options;
    const values = settings(this.rule, options);
    for (const param of group.params) {
      if (param.peekGrad() === null) continue;
      const program = this.#program(group, values, param.dtype);
      const first = this.#createState(param, program, values);
      stepOnTensors(program, param, this.state.get(param)!, { ...options, ...values, first });
    }
  }

  #program(group: ParamGroup<O>, values: Record<string, Scalar>, dtype: Dtype): Program {
    const key = this.#deciding.reduce((text, name) => `${text} ${values[name]}`, dtype as string);
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const program = specialise(this.rule, numbersOf(group), dtype);
    this.#programs.set(key, program);
    return program;
  }

  protected override stateLoaded(): void {
    for (const [param, state] of this.state) {
      for (const [name, { scalar }] of Object.entries(this.rule.state)) {
        const value = state[name];
        // Before PyTorch 1.12 counts were plain numbers.
        if (scalar && typeof value === "number") state[name] = tensor(value);
        if (scalar || !(value instanceof Tensor)) continue;
        const home = this.#device.allocate(param.dtype, value.size);
        home.set(value.data);
        value.data = home;
      }
    }
  }

  #createAll(group: ParamGroup<O>): void {
    const values = settings(this.rule, numbersOf(group));
    for (const param of group.params) {
      this.#createState(param, this.#program(group, values, param.dtype), values);
    }
  }

  /** Makes the state that a program uses and that is missing; whether any was. */
  #createState(param: Tensor, program: Program, values: Record<string, Scalar>): boolean {
    let state = this.state.get(param);
    if (state === undefined) this.state.set(param, (state = {}));
    let first = false;
    for (const name of program.state) {
      if (state[name] instanceof Tensor) continue;
      const { start = 0, scalar } = this.rule.state[name]!;
      const value = Number(typeof start === "string" ? values[start] : start);
      const data = scalar ? new Float32Array(1) : this.#device.allocate(param.dtype, param.size);
      state[name] = new Tensor(data.fill(value), scalar ? [] : param.shape);
      first = true;
    }
    return first;
  }
}

/** Options with the number in place of a tensor, such as a learning rate that is being learned. */
function numbersOf(options: object): Options {
  const given = options as Options;
  let numbers = given;
  for (const name in given) {
    const value: unknown = given[name];
    if (!(value instanceof Tensor)) continue;
    numbers = { ...numbers, [name]: value.item() };
  }
  return numbers;
}

function checkTensors(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(value instanceof Tensor)) continue;
    if (value.size !== 1) throw new ValueError(`Tensor ${name} must be 1-element`);
    const { foreach, capturable } = options as Partial<Switches>;
    if (!foreach || capturable !== false) continue;
    throw new ValueError(
      `${name} as a Tensor is not supported for capturable=False and foreach=True`,
    );
  }
}

/** Parameters of a group that run the same program. */
interface Batch {
  program: Program;
  jobs: Job[];
  /** Inputs of the program at the first gradient of a parameter. */
  first: readonly Scalar[];
  later: readonly Scalar[];
}

function newBatch(program: Program, values: Record<string, Scalar>): Batch {
  const given = (first: boolean) =>
    program.inputs.map((name) => (name === "first" ? first : values[name]!));
  return { program, jobs: [], first: given(true), later: given(false) };
}

function jobFor(
  { data }: Tensor,
  grad: Tensor,
  program: Program,
  state: State,
  inputs: readonly Scalar[],
): Job {
  const arrays = [data, grad.data];
  for (let i = 2; i < program.arrays.length; i++) {
    arrays.push((state[program.arrays[i]!.name] as Tensor).data);
  }
  const cells = program.cells.map(({ name }) => (state[name] as Tensor).data);
  return { arrays, cells, inputs };
}
