import { no_grad, Tensor } from "../../autograd/index.ts";
import { AssertionError } from "../errors.ts";
import { keywords } from "../keywords.ts";
import { type AvgFn, get_swa_avg_fn, type MultiAvgFn } from "./averages.ts";
import { copyModel } from "./copy_model.ts";

/** What can be averaged: something that lists its tensors, or the list itself. */
export type Model = ModelObject | readonly Tensor[];

interface ModelObject {
  /** The tensors that are trained, always in one order. */
  parameters(): Iterable<Tensor>;
  /** Tensors that are not trained but belong to the model. */
  buffers?(): Iterable<Tensor>;
  /** All of them by name, for `AveragedModel.state_dict`. Without it they are numbered. */
  state_dict?(): Record<string, Tensor>;
}

export interface AveragedModelOptions {
  /** The new average of one tensor. By default the mean of all values. */
  avg_fn?: AvgFn | null;
  /** The same for all tensors at once, in place. */
  multi_avg_fn?: MultiAvgFn | null;
  /** Average the buffers too, instead of copying them. By default false. */
  use_buffers?: boolean;
}

/**
 * A copy of a model that keeps the average of its weights. Call `update_parameters(model)` after the
 * optimizer's step; the first call copies. The average is in `module`.
 *
 * Source: Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better Generalization",
 * https://arxiv.org/abs/1803.05407
 *
 * @example
 * const w = tensor([0]);
 * const averaged = new AveragedModel([w]);
 * for (const value of [1, 2, 6]) {
 *   w.copy_(value);
 *   averaged.update_parameters([w]);
 * }
 * averaged.module // [tensor([3.])]
 */
export class AveragedModel<M extends Model> {
  readonly module: M;
  readonly avg_fn: AvgFn | null;
  readonly multi_avg_fn: MultiAvgFn | null;
  readonly use_buffers: boolean;
  /** How many models went into the average. */
  n_averaged = 0;

  constructor(model: M, options?: AveragedModelOptions) {
    const all = keywords<Required<AveragedModelOptions>>(options, {
      avg_fn: null,
      multi_avg_fn: null,
      use_buffers: false,
    });
    if (all.avg_fn !== null && all.multi_avg_fn !== null) {
      throw new AssertionError("Only one of avg_fn and multi_avg_fn should be provided");
    }
    this.module = copyModel(model);
    const originals = new Set(tensorsOf(model));
    if (tensorsOf(this.module).some((tensor) => originals.has(tensor))) {
      throw new TypeError(
        "model: its tensors could not be copied, because they are not its properties. Keep them " +
          "as properties, or average the list of tensors",
      );
    }
    this.avg_fn = all.avg_fn;
    this.multi_avg_fn = all.multi_avg_fn;
    this.use_buffers = all.use_buffers;
  }

  parameters(): Tensor[] {
    return parametersOf(this.module);
  }

  buffers(): Tensor[] {
    return buffersOf(this.module);
  }

  /** Takes the model's present weights into the average. */
  update_parameters(model: M): void {
    const listed = this.use_buffers ? tensorsOf : parametersOf;
    const averaged = listed(this.module).map((tensor) => tensor.detach());
    const current = listed(model).map((tensor) => tensor.detach());
    checkCount("parameters", averaged, current);
    no_grad(() => {
      if (this.n_averaged === 0) copyInto(averaged, current);
      else this.average(averaged, current);
      if (!this.use_buffers) copyInto(this.buffers(), buffersOf(model));
    });
    this.n_averaged++;
  }

  private average(averaged: Tensor[], current: Tensor[]): void {
    if (this.multi_avg_fn !== null) return this.multi_avg_fn(averaged, current, this.n_averaged);
    const avg_fn = this.avg_fn ?? get_swa_avg_fn();
    averaged.forEach((tensor, i) => tensor.copy_(avg_fn(tensor, current[i]!, this.n_averaged)));
  }

  /** The count and the averaged tensors, `module.` before their names. Tensors are not copied. */
  state_dict(): Record<string, Tensor | number> {
    const named = Object.entries(this.named()).map(([name, tensor]) => [`module.${name}`, tensor]);
    return { n_averaged: this.n_averaged, ...Object.fromEntries(named) };
  }

  load_state_dict(state: Record<string, Tensor | number>): void {
    const own = this.named();
    const names = Object.keys(own);
    const missing = names.find((name) => !(state[`module.${name}`] instanceof Tensor));
    if (missing !== undefined) throw new Error(`state_dict: module.${missing} is missing`);
    no_grad(() => names.forEach((name) => own[name]!.copy_(state[`module.${name}`]!)));
    this.n_averaged = state.n_averaged as number;
  }

  private named(): Record<string, Tensor> {
    const module: Model = this.module;
    const named = "state_dict" in module ? module.state_dict?.() : undefined;
    return named ?? Object.fromEntries(tensorsOf(module).entries());
  }
}

function parametersOf(model: Model): Tensor[] {
  return "parameters" in model ? [...model.parameters()] : [...model];
}

function buffersOf(model: Model): Tensor[] {
  return "buffers" in model ? [...(model.buffers?.() ?? [])] : [];
}

function tensorsOf(model: Model): Tensor[] {
  return [...parametersOf(model), ...buffersOf(model)];
}

function copyInto(targets: readonly Tensor[], sources: readonly Tensor[]): void {
  checkCount("buffers", targets, sources);
  targets.forEach((target, i) => target.copy_(sources[i]!));
}

function checkCount(what: string, mine: readonly Tensor[], its: readonly Tensor[]): void {
  if (mine.length === its.length) return;
  throw new RangeError(
    `${what}: ${its.length}, but the averaged model was made with ${mine.length}`,
  );
}
