import { Tensor, type Dtype } from "../autograd/index.ts";
import {
  decidingOptions,
  type Device,
  js,
  type Job,
  type Options,
  type Program,
  type Rule,
  settings,
  specialise,
  unknown,
} from "../kernels/index.ts";
import { Optimizer, type ParamGroup, type Params, type State } from "./optimizer.ts";

/** Fills in a rule's defaults; an option that the rule does not have is an error. */
export function withDefaults<O extends object>(rule: Rule, options: Partial<O>): O {
  const known = Object.keys(rule.defaults);
  const odd = Object.keys(options).find((name) => !known.includes(name));
  if (odd !== undefined) throw new TypeError(unknown("option", odd, known));
  return { ...rule.defaults, ...options } as O;
}

/** An optimizer whose step is a rule: the text is specialised to each group's options and run. */
export abstract class RuleOptimizer<O extends object> extends Optimizer<O> {
  readonly rule: Rule;
  readonly #device: Device = js;
  readonly #programs = new Map<string, Program>();
  readonly #deciding: readonly string[];

  constructor(params: Params<O>, options: O, rule: Rule) {
    super(params, options);
    this.rule = rule;
    this.#deciding = decidingOptions(rule);
  }

  protected override stepGroup(group: ParamGroup<O>): void {
    const values = settings(this.rule, group as unknown as Options);
    const batches = new Map<Program, Job[]>();
    for (const param of group.params) {
      if (param.grad === null) continue;
      const program = this.#program(group, values, param.dtype);
      const first = this.#createState(param, program, values);
      const job = this.#job(param, program, { ...values, first });
      batches.set(program, [...(batches.get(program) ?? []), job]);
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

  /** Makes the state that a program uses and that is missing; whether any was. */
  #createState(param: Tensor, program: Program, values: Record<string, unknown>): boolean {
    const state: State = this.state.get(param) ?? {};
    this.state.set(param, state);
    const used = new Set([...program.arrays, ...program.cells].map(({ name }) => name));
    let first = false;
    for (const [name, { start = 0, scalar }] of Object.entries(this.rule.state)) {
      if (!used.has(name) || state[name] instanceof Tensor) continue;
      const value = Number(typeof start === "string" ? values[start] : start);
      const data = scalar ? new Float32Array(1) : param.data.map(() => 0);
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
