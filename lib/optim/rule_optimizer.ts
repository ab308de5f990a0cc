import { Tensor, type Dtype } from "../autograd/index.ts";
import {
  decidingOptions,
  type Device,
  makeDevice,
  type Job,
  type Options,
  type Program,
  type Rule,
  settings,
  specialise,
} from "../kernels/index.ts";
import { withDefaults } from "./options.ts";
import { Optimizer, type ParamGroup, type Params, type State } from "./optimizer.ts";

/** An optimizer whose step is a rule: the text is specialised to each group's options and run. */
export abstract class RuleOptimizer<O extends object> extends Optimizer<O> {
  /** The text that everything about the optimizer is printed from. Every subclass has one. */
  static readonly rule: Rule;

  readonly rule: Rule;
  readonly #device: Device;
  readonly #programs = new Map<string, Program>();
  readonly #deciding: readonly string[];

  constructor(params: Params<O>, options: Partial<O> = {}) {
    const { rule, check } = new.target as unknown as typeof RuleOptimizer;
    const all = withDefaults<O>(rule, options);
    check(all);
    super(params, all);
    this.rule = rule;
    this.#deciding = decidingOptions(rule);
    const tensors = this.param_groups.flatMap((group) => group.params);
    this.#device = makeDevice(tensors.reduce((sum, param) => sum + param.size, 0));
    for (const param of tensors) param.data = this.#device.adopt(param.data);
    if (rule.eager) this.param_groups.forEach((group) => this.#createAll(group));
  }

  /** Refuses options that make no sense. Those of single groups are not checked, as in PyTorch. */
  static check(_options: object): void {}

  protected override stepGroup(group: ParamGroup<O>): void {
    const values = settings(this.rule, group as unknown as Options);
    const batches = new Map<Program, Job[]>();
    for (const param of group.params) {
      if (param.grad === null) continue;
      const program = this.#program(group, values, param.dtype);
      const first = this.#createState(param, program, values);
      const job = this.#job(param, program, { ...values, first });
      const batch = batches.get(program);
      if (batch === undefined) batches.set(program, [job]);
      else batch.push(job);
      param.version++;
    }
    for (const [program, jobs] of batches) this.#device.run(program, jobs);
  }

  #program(group: ParamGroup<O>, values: Record<string, unknown>, dtype: Dtype): Program {
    const key = `${dtype} ${this.#deciding.map((name) => values[name]).join()}`;
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const program = specialise(this.rule, group as unknown as Options, dtype);
    this.#programs.set(key, program);
    return program;
  }

  #createAll(group: ParamGroup<O>): void {
    const values = settings(this.rule, group as unknown as Options);
    for (const param of group.params) {
      this.#createState(param, this.#program(group, values, param.dtype), values);
    }
  }

  /** Makes the state that a program uses and that is missing; whether any was. */
  #createState(param: Tensor, program: Program, values: Record<string, unknown>): boolean {
    const state: State = this.state.get(param) ?? {};
    this.state.set(param, state);
    const used = new Set([...program.arrays, ...program.cells].map(({ name }) => name));
    let first = false;
    for (const [name, { start = 0, scalar }] of Object.entries(this.rule.state)) {
      if (!used.has(name) || state[name] instanceof Tensor) continue;
      const value = Number(typeof start === "string" ? values[start] : start);
      const data = scalar ? new Float32Array(1) : this.#device.allocate(param.dtype, param.size);
      state[name] = new Tensor(data.fill(value), scalar ? [] : param.shape);
      first = true;
    }
    return first;
  }

  #job(param: Tensor, program: Program, values: Record<string, number | boolean>): Job {
    const state = this.state.get(param)!;
    const own = ({ name }: { name: string }) => (state[name] as Tensor).data;
    return {
      arrays: [param.data, param.grad!.data, ...program.arrays.slice(2).map(own)],
      cells: program.cells.map(own),
      inputs: program.inputs.map((name) => values[name]!),
    };
  }
}
