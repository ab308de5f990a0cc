import type { Tensor } from "../autograd/index.ts";
import {
  decidingOptions,
  type Dtype,
  type Job,
  type Options,
  type Program,
  type Rule,
  type Scalar,
  specialise,
} from "../kernels/index.ts";
import { Slot } from "./slot.ts";

type Values = Readonly<Record<string, Scalar>>;

/** The parameters of a group that have one dtype: they run the same program. */
export interface Batch {
  program: Program;
  /** Values of the program's inputs, at the first gradient of a parameter and later. */
  first: readonly Scalar[];
  later: readonly Scalar[];
  /** What a step has collected so far. */
  jobs: Job[];
}

/** What the steps of one group have in common, kept from step to step. */
export class Plan {
  readonly #rule: Rule;
  readonly #remote: boolean;
  readonly #deciding: readonly string[];
  #decided: Scalar[] = [];
  readonly #batches = new Map<Dtype, Batch>();
  readonly #slots: Slot[] = [];
  #known = new Set<Tensor>();
  #options: Options = {};
  #values: Values = {};

  /** `remote`: the numbers may be elsewhere than in the tensors. */
  constructor(rule: Rule, remote = false) {
    this.#rule = rule;
    this.#remote = remote;
    this.#deciding = decidingOptions(rule);
  }

  /** A step begins, with these options of the group, and their values by the text's names. */
  begin(options: Options, values: Values): void {
    this.#options = options;
    this.#values = values;
    if (this.#deciding.some((name, i) => values[name] !== this.#decided[i])) {
      this.#decided = this.#deciding.map((name) => values[name]!);
      this.#batches.clear();
    }
    this.#batches.forEach((batch) => this.#open(batch));
  }

  get batches(): Iterable<Batch> {
    return this.#batches.values();
  }

  batch(dtype: Dtype): Batch {
    let batch = this.#batches.get(dtype);
    if (batch === undefined) {
      const program = specialise(this.#rule, this.#options, dtype);
      this.#batches.set(dtype, (batch = { program, first: [], later: [], jobs: [] }));
      this.#open(batch);
    }
    return batch;
  }

  #open(batch: Batch): void {
    const given = (first: boolean) =>
      batch.program.inputs.map((name) => (name === "first" ? first : this.#values[name]!));
    batch.first = given(true);
    batch.later = given(false);
    batch.jobs = [];
  }

  /** The slot of the parameter that stands at this place of the group. */
  slot(place: number, param: Tensor): Slot {
    const slots = this.#slots;
    const known = slots[place];
    if (known?.param === param) return known;
    if (known !== undefined) {
      slots.length = place;
      this.#known = new Set(slots.map((slot) => slot.param));
    }
    const slot = new Slot(param, this.#known.has(param), this.#remote);
    this.#known.add(param);
    return (slots[place] = slot);
  }
}
