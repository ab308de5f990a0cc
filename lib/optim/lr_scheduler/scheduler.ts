import { KeyError, repr, ValueError } from "../errors.ts";
import { Optimizer } from "../optimizer.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { warnAboutEpoch, warnIfEarly, watch } from "./warnings.ts";

export interface LRSchedulerOptions {
  /**
   * The last epoch that was done, to go on from there; the optimizer's groups must then have their
   * `initial_lr`, as a loaded state has. By default -1: a new run.
   */
  last_epoch?: number;
}

/** What a scheduler remembers, by PyTorch's names. Functions are not in it. */
export type SchedulerState = Record<string, unknown>;

/**
 * What all schedulers share. A scheduler writes the `lr` of the optimizer's groups: once when it is
 * made, and at every `step()`, which comes after the optimizer's. Most change the current lr, so that
 * several can act on one optimizer. To make a new one, say the next learning rates in `get_lr`.
 *
 * Source: PyTorch 2.14.1, `torch.optim.lr_scheduler.LRScheduler`
 * (https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate).
 *
 * @example
 * class Halve extends LRScheduler {
 *   get_lr() {
 *     return this.groups.map(({ lr }) => (this.last_epoch === 0 ? lr : lr / 2));
 *   }
 * }
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new Halve(optimizer);
 * optimizer.step();
 * scheduler.step();
 * scheduler.get_last_lr() // [0.5]
 */
export class LRScheduler {
  declare readonly optimizer: AnyOptimizer;
  /** The groups' `initial_lr` when the scheduler was made. */
  declare base_lrs: number[];
  /** How many steps were made; 0 after construction. */
  declare last_epoch: number;
  declare _step_count: number;
  declare _is_initial: boolean;
  declare _get_lr_called_within_step: boolean;
  declare _last_lr: number[];

  /** Everything in the options but `last_epoch` becomes a property, and part of the state. */
  constructor(
    optimizer: AnyOptimizer,
    { last_epoch = -1, ...settings }: LRSchedulerOptions & Record<string, unknown> = {},
  ) {
    checkOptimizer(optimizer);
    // Not enumerable, so that it is neither saved nor printed.
    Object.defineProperty(this, "optimizer", { value: optimizer });
    Object.assign(this, settings);
    this.start(last_epoch);
  }

  get groups(): Group[] {
    return this.optimizer.param_groups;
  }

  /** A group's next lr, from its current one and `last_epoch`. */
  protected chainableForm(_group: Group, _i: number): number {
    throw new Error(`get_lr: ${this.constructor.name} does not implement it`);
  }

  /** A group's lr at `last_epoch`, from its base lr alone. Where there is one, `step(epoch)` uses it. */
  protected closedForm?(base_lr: number): number;

  /** The learning rates of all groups, as the last step left them. */
  get_last_lr(): number[] {
    return this._last_lr;
  }

  /** The next learning rates, for `step()`. To look at the current ones use `get_last_lr()`. */
  get_lr(): number[] {
    if (!this._get_lr_called_within_step) {
      console.warn(
        "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
      );
    }
    return this.groups.map((group, i) => this.chainableForm(group, i));
  }

  _get_closed_form_lr(): number[] {
    return this.base_lrs.map((base_lr) => this.closedForm!(base_lr));
  }

  /** Sets the learning rates of the next epoch, or of a given one, which PyTorch has deprecated. */
  step(epoch?: number): void {
    if (this._step_count === 1) warnIfEarly(this.optimizer);
    this._step_count++;
    if (epoch !== undefined) warnAboutEpoch(this);
    this._update_lr(epoch);
  }

  _update_lr(epoch?: number): void {
    this.last_epoch = epoch ?? this.last_epoch + 1;
    const closed = epoch !== undefined && this.closedForm !== undefined;
    this.write(() => (closed ? this._get_closed_form_lr() : this.get_lr()));
  }

  /** Computes the learning rates and writes them into the groups. */
  protected write(compute: () => number[]): void {
    this._get_lr_called_within_step = true;
    try {
      const lrs = compute();
      this.checkLrs(lrs);
      this.groups.forEach((group, i) => (group.lr = lrs[i]!));
    } finally {
      this._get_lr_called_within_step = false;
    }
    this.noteLrs();
  }

  protected noteLrs(): void {
    this._last_lr = this.groups.map(({ lr }) => lr);
  }

  /** Where Python divides by zero it raises; a NaN would train on. */
  private checkLrs(lrs: number[]): void {
    const odd = this.groups.findIndex((_, i) => !Number.isFinite(lrs[i]));
    if (odd < 0) return;
    const name = this.constructor.name;
    const remedy =
      odd < this.base_lrs.length
        ? `Check the options of ${name}`
        : `The group was added after ${name} was made: make a new one`;
    const where = `group ${odd}, epoch ${this.last_epoch}`;
    throw new ValueError(`lr: ${repr(lrs[odd])} (${where}). ${remedy}`);
  }

  /** Notes the base learning rates and sets those of the first epoch. */
  protected start(last_epoch: number): void {
    this.groups.forEach((group, i) => {
      if (typeof group.lr !== "number") {
        throw new TypeError(
          `lr: ${String(group.lr)} (group ${i}). A scheduler sets numbers: give the optimizer a ` +
            "number, or change the tensor yourself",
        );
      }
      if (last_epoch === -1) group.initial_lr ??= group.lr;
      else if (group.initial_lr === undefined) throw new KeyError(missingInitialLr(i));
    });
    this.base_lrs = this.groups.map((group) => group.initial_lr!);
    this.last_epoch = last_epoch;
    watch(this.optimizer);
    this._initial_step();
  }

  _initial_step(): void {
    this._step_count = 0;
    this._is_initial = true;
    this.step();
    this._is_initial = false;
  }

  /** Everything but the optimizer. Save the optimizer's state beside it: the groups hold the lr. */
  state_dict(): SchedulerState {
    return Object.fromEntries(Object.entries(this));
  }

  /** Goes on from a saved state; load the optimizer's too. */
  load_state_dict(state: SchedulerState): void {
    Object.assign(this, state);
  }
}

export function checkOptimizer(optimizer: unknown): asserts optimizer is AnyOptimizer {
  if (optimizer instanceof Optimizer) return;
  throw new TypeError(`${typeName(optimizer)} is not an Optimizer`);
}

/** What a function carries as properties, which is all of it that can be saved. */
export function carriedBy(fn: unknown): object | null {
  return fn && Object.keys(fn).length > 0 ? { ...fn } : null;
}

/** The name that Python has for the type of a value. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "string") return "str";
  return typeof value === "boolean" ? "bool" : value.constructor.name;
}

function missingInitialLr(group: number): string {
  return (
    `param 'initial_lr' is not specified in param_groups[${group}] when resuming scheduler with ` +
    "last_epoch >= 0.\nThis typically happens when:\n1. You're trying to resume training from a " +
    "checkpoint but haven't properly loaded the optimizer state\n2. You're using last_epoch >= 0 " +
    "for a fresh training run (not recommended)"
  );
}
