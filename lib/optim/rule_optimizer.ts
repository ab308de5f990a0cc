import { enable_grad, Tensor, tensor } from "../autograd/index.ts";
import { SparseTensor } from "../autograd/sparse.ts";
import {
  type Device,
  makeDevice,
  type Options,
  type Program,
  type Rule,
  type Scalar,
  settings,
  specialise,
  steppedIn,
} from "../kernels/index.ts";
import { stepOnTensors } from "./differentiable.ts";
import { AssertionError, RuntimeError, ValueError } from "./errors.ts";
import { type Given, type Switches, withDefaults } from "./options.ts";
import { Optimizer, type ParamGroup, type Params, type State } from "./optimizer.ts";
import { type Batch, Plan } from "./plan.ts";

/** An optimizer whose step is a rule: the text is specialised to each group's options and run. */
export abstract class RuleOptimizer<O extends object> extends Optimizer<O> {
  /** The text that everything about the optimizer is printed from. Every subclass has one. */
  static readonly rule: Rule;

  readonly rule: Rule;
  readonly #device: Device;
  readonly #plans = new WeakMap<ParamGroup<O>, Plan>();

  constructor(params: Params<O>, options: Given<O> = {}) {
    const { rule, check } = new.target as unknown as typeof RuleOptimizer;
    const all = withDefaults<O>(rule, options);
    checkTensors(all);
    check(numbersOf(all));
    super(params, all);
    this.rule = rule;
    const tensors = this.param_groups.flatMap((group) => group.params);
    this.#device = makeDevice(tensors.reduce((sum, param) => sum + param.size, 0));
    this.#device.admit?.(...this.#extent());
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
    const options = numbersOf(group);
    const values = settings(this.rule, options);
    const plan = this.#planOf(group);
    plan.begin(options, values);
    const { params } = group;
    for (let i = 0; i < params.length; i++) {
      const param = params[i]!;
      let grad = param.peekGrad();
      if (grad === null) continue;
      if (grad instanceof SparseTensor) grad = this.toDense(grad, group);
      const batch = plan.batch(steppedIn(param));
      const { program } = batch;
      const slot = plan.slot(i, param);
      if (slot.again) this.#run(batch);
      const { job } = slot;
      const state = this.#stateOf(param, program);
      job.inputs = batch.later;
      if (!slot.aim(program, grad, state)) {
        this.#createState(param, program, values);
        slot.aim(program, grad, state);
        job.inputs = batch.first;
      }
      batch.jobs.push(job);
      param.version++;
    }
    for (const batch of plan.batches) this.#run(batch);
  }

  #run(batch: Batch): void {
    if (batch.jobs.length > 0) this.#device.run(batch.program, batch.jobs);
    batch.jobs = [];
  }

  #stepDifferentiably(group: ParamGroup<O>): void {
    const options = group as unknown as Options;
    const values = settings(this.rule, options);
    for (const param of group.params) {
      if (param.peekGrad() === null) continue;
      const program = specialise(this.rule, numbersOf(group), steppedIn(param));
      const first = this.#createState(param, program, values);
      const state = this.#stateOf(param, program);
      stepOnTensors(program, param, state, { ...options, ...values, first });
    }
  }

  #planOf(group: ParamGroup<O>): Plan {
    let plan = this.#plans.get(group);
    if (plan === undefined)
      this.#plans.set(group, (plan = new Plan(this.rule, this.#device.remote)));
    return plan;
  }

  /** How many elements there are, and how many arrays of each. */
  #extent(): [elements: number, arrays: number] {
    let [elements, arrays] = [0, 0];
    for (const group of this.param_groups) {
      arrays = Math.max(arrays, specialise(this.rule, numbersOf(group)).arrays.length);
      for (const { size, dtype } of group.params) {
        elements += dtype === "float64" ? 2 * size : size;
      }
    }
    return [elements, arrays];
  }

  /** What is remembered of a parameter. A program that remembers nothing makes no entry, as in PyTorch. */
  #stateOf(param: Tensor, program: Program): State {
    let state = this.state.get(param);
    if (state === undefined) {
      if (program.state.length === 0) return nothing;
      this.state.set(param, (state = {}));
    }
    return state;
  }

  protected override stateLoaded(): void {
    for (const [param, state] of this.state) {
      for (const [name, { scalar }] of Object.entries(this.rule.state)) {
        const value = state[name];
        // Before PyTorch 1.12 counts were plain numbers.
        if (scalar && typeof value === "number") state[name] = tensor(value);
        if (scalar || !(value instanceof Tensor)) continue;
        const home = this.#device.allocate(steppedIn(param), value.size);
        home.set(value.data);
        value.data = home;
      }
    }
  }

  #createAll(group: ParamGroup<O>): void {
    const options = numbersOf(group);
    const values = settings(this.rule, options);
    for (const param of group.params) {
      this.#createState(param, specialise(this.rule, options, steppedIn(param)), values);
    }
  }

  /** Makes the state that a program uses and that is missing; whether any was. */
  #createState(param: Tensor, program: Program, values: Record<string, Scalar>): boolean {
    const state = this.#stateOf(param, program);
    let first = false;
    for (const name of program.state) {
      if (state[name] instanceof Tensor) continue;
      const { start = 0, scalar } = this.rule.state[name]!;
      const value = Number(typeof start === "string" ? values[start] : start);
      const data = scalar
        ? new Float32Array(1)
        : this.#device.allocate(steppedIn(param), param.size);
      state[name] = new Tensor(data.fill(value), scalar ? [] : param.shape);
      first = true;
    }
    return first;
  }
}

const nothing: State = Object.freeze({});

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
