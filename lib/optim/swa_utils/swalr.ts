import { ValueError } from "../errors.ts";
import { keywords, required } from "../keywords.ts";
import { cos } from "../lr_scheduler/cos.ts";
import { type AnyOptimizer, type Group, perGroup } from "../lr_scheduler/groups.ts";
import { checkOptimizer, LRScheduler, type LRSchedulerOptions } from "../lr_scheduler/scheduler.ts";

export interface SWALROptions extends LRSchedulerOptions {
  /** The learning rate to go to: one for all groups, or a list. */
  swa_lr: number | readonly number[];
  /** How many steps the way there takes. By default 10. */
  anneal_epochs?: number;
  /** Along half a cosine wave, or in a straight line. By default "cos". */
  anneal_strategy?: "cos" | "linear";
}

/**
 * From the current learning rate to a constant one, at which weights are then averaged. It works its
 * way back from the current lr, so other schedulers may act meanwhile.
 *
 * Source: Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better Generalization",
 * https://arxiv.org/abs/1803.05407
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new SWALR(optimizer, { swa_lr: 0.5, anneal_epochs: 2 });
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.get_last_lr() // [0.5]
 */
export class SWALR extends LRScheduler {
  declare _anneal_strategy: "cos" | "linear";
  declare anneal_epochs: number;

  constructor(optimizer: AnyOptimizer, options: SWALROptions) {
    checkOptimizer(optimizer);
    const { swa_lr, anneal_epochs, anneal_strategy, last_epoch } = keywords<Required<SWALROptions>>(
      options,
      { swa_lr: required, anneal_epochs: 10, anneal_strategy: "cos", last_epoch: -1 },
    );
    const swa_lrs = perGroup("swa_lr", optimizer, swa_lr);
    if (anneal_strategy !== "cos" && anneal_strategy !== "linear") {
      throw new ValueError(
        `anneal_strategy must be one of 'cos' or 'linear', instead got ${anneal_strategy}`,
      );
    }
    if (!Number.isInteger(anneal_epochs) || anneal_epochs < 0) {
      throw new ValueError(`anneal_epochs must be equal or greater than 0, got ${anneal_epochs}`);
    }
    optimizer.param_groups.forEach((group, i) => (group.swa_lr = swa_lrs[i]!));
    super(optimizer, { _anneal_strategy: anneal_strategy, anneal_epochs, last_epoch });
  }

  /** How much of the way to swa_lr is done after a number of steps, 0 to 1. */
  private alpha(steps: number): number {
    const t = Math.max(0, Math.min(1, steps / Math.max(1, this.anneal_epochs)));
    return this._anneal_strategy === "linear" ? t : (1 - cos(Math.PI * t)) / 2;
  }

  protected override chainableForm({ lr, swa_lr = NaN }: Group): number {
    const steps = Math.max(this._step_count - 1, this.anneal_epochs === 0 ? 1 : 0);
    const before = this.alpha(steps - 1);
    const now = this.alpha(steps);
    const start = before === 1 ? swa_lr : (lr - before * swa_lr) / (1 - before);
    return swa_lr * now + start * (1 - now);
  }
}
