import { pow } from "../../kernels/index.ts";
import { ValueError } from "../errors.ts";
import { keywords, required } from "../keywords.ts";
import { type AnyOptimizer, type Group, perGroup, setMomentum, usesBeta1 } from "./groups.ts";
import { setMomentumRange } from "./groups.ts";
import { carriedBy, checkOptimizer, LRScheduler } from "./scheduler.ts";
import type { LRSchedulerOptions, SchedulerState } from "./scheduler.ts";

type Scale = (x: number) => number;
type Mode = keyof typeof modes;

/** What each mode makes of a cycle's height. */
const modes = {
  triangular: { by: "cycle", scale: () => 1 },
  triangular2: { by: "cycle", scale: (cycle: number) => 1 / 2 ** (cycle - 1) },
  exp_range: { by: "iterations", scale: (step: number, gamma: number) => pow(gamma, step) },
} as const;

export interface CyclicLROptions extends LRSchedulerOptions {
  /** The learning rate at the foot of each cycle: one for all groups, or a list. */
  base_lr: number | readonly number[];
  /** The learning rate at the top of the first cycle. */
  max_lr: number | readonly number[];
  /** How many steps the way up takes. By default 2000. */
  step_size_up?: number;
  /** How many steps the way down takes. By default as many. */
  step_size_down?: number | null;
  /** All cycles alike, or each half as high as the one before, or `gamma ** steps` as high. */
  mode?: Mode;
  /** Of the mode "exp_range". By default 1. */
  gamma?: number;
  /** How high a cycle is, 0 to 1, in place of a mode. */
  scale_fn?: Scale | null;
  /** Whether `scale_fn` gets the number of the cycle (1, 2, ...) or of the step. */
  scale_mode?: "cycle" | "iterations";
  /** Whether momentum, or the first beta, moves the other way. By default true. */
  cycle_momentum?: boolean;
  /** The momentum at the top. By default 0.8. */
  base_momentum?: number | readonly number[];
  /** The momentum at the foot. By default 0.9. */
  max_momentum?: number | readonly number[];
}

/**
 * Up and down in a straight line between `base_lr` and `max_lr`, step by step; momentum moves the
 * other way. Call `step()` after every batch.
 *
 * Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks",
 * https://arxiv.org/abs/1506.01186
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1, momentum: 0.9 });
 * const scheduler = new CyclicLR(optimizer, { base_lr: 0.5, max_lr: 1, step_size_up: 4 });
 * for (let batch = 0; batch < 3; batch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.get_last_lr() // [0.875]
 */
export class CyclicLR extends LRScheduler {
  declare max_lrs: number[];
  /** Steps of a whole cycle. */
  declare total_size: number;
  /** The part of them that goes up. */
  declare step_ratio: number;
  declare mode: Mode;
  declare gamma: number;
  declare scale_mode: "cycle" | "iterations";
  declare cycle_momentum: boolean;
  declare use_beta1?: boolean;
  declare base_momentums?: number[];
  declare max_momentums?: number[];
  declare _scale_fn_custom: Scale | null;

  constructor(optimizer: AnyOptimizer, options: CyclicLROptions) {
    checkOptimizer(optimizer);
    const all = keywords<Required<CyclicLROptions>>(options, {
      base_lr: required,
      max_lr: required,
      step_size_up: 2000,
      step_size_down: null,
      mode: "triangular",
      gamma: 1,
      scale_fn: null,
      scale_mode: "cycle",
      cycle_momentum: true,
      base_momentum: 0.8,
      max_momentum: 0.9,
      last_epoch: -1,
    });
    const { mode, gamma, scale_fn, scale_mode, cycle_momentum, last_epoch } = all;
    const base_lrs = perGroup("base_lr", optimizer, all.base_lr);
    const max_lrs = perGroup("max_lr", optimizer, all.max_lr);
    const total_size = all.step_size_up + (all.step_size_down ?? all.step_size_up);
    if (scale_fn === null && !Object.hasOwn(modes, mode)) {
      throw new ValueError("mode is invalid and scale_fn is None");
    }
    const momentum = cycle_momentum && {
      use_beta1: usesBeta1(optimizer),
      base_momentums: perGroup("base_momentum", optimizer, all.base_momentum),
      max_momentums: perGroup("max_momentum", optimizer, all.max_momentum),
    };
    if (last_epoch === -1) {
      optimizer.param_groups.forEach((group, i) => {
        group.lr = base_lrs[i]!;
        if (!momentum) return;
        setMomentumRange(group, momentum.base_momentums[i]!, momentum.max_momentums[i]!);
      });
    }
    super(optimizer, {
      max_lrs,
      total_size,
      step_ratio: all.step_size_up / total_size,
      mode,
      gamma,
      _scale_fn_custom: scale_fn,
      scale_mode: scale_fn === null ? modes[mode].by : scale_mode,
      cycle_momentum,
      ...momentum,
      last_epoch,
    });
    // An earlier scheduler may have noted another initial_lr.
    this.base_lrs = base_lrs;
  }

  /** How far above `foot` the cycle is now, when its full height ends at `top`. */
  private rise(foot: number, top: number): number {
    const cycle = Math.floor(1 + this.last_epoch / this.total_size);
    const x = 1 + this.last_epoch / this.total_size - cycle;
    const up = x <= this.step_ratio ? x / this.step_ratio : (x - 1) / (this.step_ratio - 1);
    return (top - foot) * up * this.scale_fn(this.scale_mode === "cycle" ? cycle : this.last_epoch);
  }

  /** How high a cycle is, from its number or the step's. */
  scale_fn(x: number): number {
    if (this._scale_fn_custom !== null) return this._scale_fn_custom(x);
    return modes[this.mode].scale(x, this.gamma);
  }

  protected override chainableForm(_group: Group, i: number): number {
    return this.base_lrs[i]! + this.rise(this.base_lrs[i]!, this.max_lrs[i]!);
  }

  override _update_lr(epoch?: number): void {
    super._update_lr(epoch);
    if (!this.cycle_momentum) return;
    this.groups.forEach((group, i) => {
      const [base, max] = [this.base_momentums![i]!, this.max_momentums![i]!];
      setMomentum(group, max - this.rise(base, max));
    });
  }

  /** A `scale_fn` is not saved, but the properties that it carries are. */
  override state_dict(): SchedulerState {
    const { _scale_fn_custom: scale_fn, ...state } = super.state_dict();
    return { ...state, _scale_fn_custom: carriedBy(scale_fn) };
  }

  override load_state_dict({ _scale_fn_custom, ...state }: SchedulerState): void {
    super.load_state_dict(state);
    if (this._scale_fn_custom !== null) Object.assign(this._scale_fn_custom, _scale_fn_custom);
  }
}
