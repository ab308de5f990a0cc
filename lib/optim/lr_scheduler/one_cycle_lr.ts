import { ValueError } from "../errors.ts";
import { keywords, required } from "../keywords.ts";
import { cos } from "./cos.ts";
import { type AnyOptimizer, type Group, perGroup, setMomentum, usesBeta1 } from "./groups.ts";
import { setMomentumRange } from "./groups.ts";
import { checkOptimizer, LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface OneCycleLROptions extends LRSchedulerOptions {
  /** The learning rate at the top: one for all groups, or a list. */
  max_lr: number | readonly number[];
  /** How many steps the cycle has; or give `epochs` and `steps_per_epoch`. */
  total_steps?: number | null;
  epochs?: number | null;
  steps_per_epoch?: number | null;
  /** The part of the steps that goes up, 0 to 1. By default 0.3. */
  pct_start?: number;
  /** Along half a cosine wave, or in a straight line. By default "cos". */
  anneal_strategy?: "cos" | "linear";
  /** Whether momentum, or the first beta, moves the other way. By default true. */
  cycle_momentum?: boolean;
  /** The momentum at the top. By default 0.85. */
  base_momentum?: number | readonly number[];
  /** The momentum at both ends. By default 0.95. */
  max_momentum?: number | readonly number[];
  /** The first learning rate is `max_lr / div_factor`. By default 25. */
  div_factor?: number;
  /** The last one is the first divided by this. By default 1e4. */
  final_div_factor?: number;
  /** Down to the first learning rate as fast as up, then on to the last one. By default false. */
  three_phase?: boolean;
}

type Anneal = (start: number, end: number, part: number) => number;

/** From `start` to `end`, while `part` goes from 0 to 1. */
const anneals: Record<"cos" | "linear", Anneal> = {
  cos: (start, end, part) => end + ((start - end) / 2) * (cos(Math.PI * part) + 1),
  linear: (start, end, part) => (end - start) * part + start,
};

/** A stretch of the cycle; its ends are names of entries of the groups. */
interface Phase {
  end_step: number;
  start_lr: "initial_lr" | "max_lr";
  end_lr: "initial_lr" | "max_lr" | "min_lr";
  start_momentum: "base_momentum" | "max_momentum";
  end_momentum: "base_momentum" | "max_momentum";
}

/**
 * Once up to `max_lr` and down to almost nothing, while momentum goes down and up. Call `step()`
 * after every batch, `total_steps` times.
 *
 * Source: Smith & Topin 2018, "Super-Convergence: Very Fast Training of Neural Networks Using Large
 * Learning Rates", https://arxiv.org/abs/1708.07120
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1, momentum: 0.9 });
 * const scheduler = new OneCycleLR(optimizer, { max_lr: 1, total_steps: 10 });
 * for (let batch = 0; batch < 2; batch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.get_last_lr() // [1]
 * optimizer.param_groups[0].momentum // 0.85
 */
export class OneCycleLR extends LRScheduler {
  declare total_steps: number;
  declare _schedule_phases: Phase[];
  declare _anneal_func_type: "cos" | "linear";
  declare cycle_momentum: boolean;
  declare use_beta1?: boolean;

  constructor(optimizer: AnyOptimizer, options: OneCycleLROptions) {
    checkOptimizer(optimizer);
    const all = keywords<Required<OneCycleLROptions>>(options, {
      max_lr: required,
      total_steps: null,
      epochs: null,
      steps_per_epoch: null,
      pct_start: 0.3,
      anneal_strategy: "cos",
      cycle_momentum: true,
      base_momentum: 0.85,
      max_momentum: 0.95,
      div_factor: 25,
      final_div_factor: 1e4,
      three_phase: false,
      last_epoch: -1,
    });
    const { pct_start, anneal_strategy, cycle_momentum, last_epoch } = all;
    const total_steps = countSteps(all);
    if (!(pct_start >= 0 && pct_start <= 1)) {
      throw new ValueError(`Expected float between 0 and 1 pct_start, but got ${pct_start}`);
    }
    if (!Object.hasOwn(anneals, anneal_strategy)) {
      throw new ValueError(
        `anneal_strategy must be one of 'cos' or 'linear', instead got ${anneal_strategy}`,
      );
    }
    const max_lrs = perGroup("max_lr", optimizer, all.max_lr);
    const use_beta1 = cycle_momentum && usesBeta1(optimizer);
    const base_momentums = perGroup("base_momentum", optimizer, all.base_momentum);
    const max_momentums = perGroup("max_momentum", optimizer, all.max_momentum);
    if (last_epoch === -1) {
      optimizer.param_groups.forEach((group, i) => {
        group.max_lr = max_lrs[i]!;
        group.initial_lr = group.max_lr / all.div_factor;
        group.min_lr = group.initial_lr / all.final_div_factor;
        if (cycle_momentum) setMomentumRange(group, base_momentums[i]!, max_momentums[i]!);
      });
    }
    super(optimizer, {
      total_steps,
      _schedule_phases: listPhases(total_steps, pct_start, all.three_phase),
      _anneal_func_type: anneal_strategy,
      cycle_momentum,
      ...(cycle_momentum && { use_beta1 }),
      last_epoch,
    });
  }

  /** The phase that the cycle is in, and which part of it has passed. */
  private place(): { phase: Phase; part: number } {
    const phases = this._schedule_phases;
    const found = phases.findIndex(({ end_step }) => this.last_epoch <= end_step);
    const i = found < 0 ? phases.length - 1 : found;
    const start = phases[i - 1]?.end_step ?? 0;
    const phase = phases[i]!;
    return { phase, part: (this.last_epoch - start) / (phase.end_step - start) };
  }

  protected override chainableForm(group: Group): number {
    if (this.last_epoch > this.total_steps) {
      throw new ValueError(
        `Tried to step ${this.last_epoch} times. ` +
          `The specified number of total steps is ${this.total_steps}`,
      );
    }
    const { phase, part } = this.place();
    return this.anneal(group[phase.start_lr]!, group[phase.end_lr]!, part);
  }

  override _update_lr(epoch?: number): void {
    super._update_lr(epoch);
    if (!this.cycle_momentum) return;
    const { phase, part } = this.place();
    for (const group of this.groups) {
      const [start, end] = [group[phase.start_momentum]!, group[phase.end_momentum]!];
      setMomentum(group, this.anneal(start, end, part));
    }
  }

  private get anneal(): Anneal {
    return anneals[this._anneal_func_type];
  }
}

function countSteps({ total_steps, epochs, steps_per_epoch }: Required<OneCycleLROptions>): number {
  const positive = (name: string, value: number) => {
    if (value > 0 && Number.isInteger(value)) return value;
    throw new ValueError(`Expected positive integer ${name}, but got ${value}`);
  };
  if (total_steps !== null) return positive("total_steps", total_steps);
  if (epochs === null || steps_per_epoch === null) {
    throw new ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)");
  }
  return positive("epochs", epochs) * positive("steps_per_epoch", steps_per_epoch);
}

function listPhases(total_steps: number, pct_start: number, three_phase: boolean): Phase[] {
  const up: Phase = {
    end_step: pct_start * total_steps - 1,
    start_lr: "initial_lr",
    end_lr: "max_lr",
    start_momentum: "max_momentum",
    end_momentum: "base_momentum",
  };
  const down: Phase = {
    end_step: total_steps - 1,
    start_lr: "max_lr",
    end_lr: "min_lr",
    start_momentum: "base_momentum",
    end_momentum: "max_momentum",
  };
  if (!three_phase) return [up, down];
  const back: Phase = { ...down, end_step: 2 * pct_start * total_steps - 2, end_lr: "initial_lr" };
  const rest: Phase = { ...down, start_lr: "initial_lr", start_momentum: "max_momentum" };
  return [up, back, rest];
}
