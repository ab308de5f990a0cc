import { ValueError } from "../errors.ts";
import { keywords } from "../keywords.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface LinearLROptions extends LRSchedulerOptions {
  /** The factor of epoch 0: more than 0, at most 1. By default 1/3. */
  start_factor?: number;
  /** The factor from epoch `total_iters` on, 0 to 1. By default 1. */
  end_factor?: number;
  /** How many epochs the way from the one to the other takes. By default 5. */
  total_iters?: number;
}

/**
 * The learning rate times a factor that goes in a straight line from `start_factor` to `end_factor`:
 * a warm-up, or with falling factors a linear decay.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new LinearLR(optimizer, { start_factor: 0.5, total_iters: 4 });
 * optimizer.step();
 * scheduler.step();
 * scheduler.get_last_lr() // [0.625]
 */
export class LinearLR extends LRScheduler {
  declare start_factor: number;
  declare end_factor: number;
  declare total_iters: number;

  constructor(optimizer: AnyOptimizer, options?: LinearLROptions) {
    const all = keywords<Required<LinearLROptions>>(options, {
      start_factor: 1 / 3,
      end_factor: 1,
      total_iters: 5,
      last_epoch: -1,
    });
    if (all.start_factor > 1 || all.start_factor <= 0) {
      throw new ValueError(
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.",
      );
    }
    if (all.end_factor > 1 || all.end_factor < 0) {
      throw new ValueError("Ending multiplicative factor expected to be between 0 and 1.");
    }
    super(optimizer, { ...all });
  }

  protected override chainableForm({ lr }: Group): number {
    if (this.last_epoch === 0) return lr * this.start_factor;
    if (this._is_initial || this.last_epoch > this.total_iters) return lr;
    const rise = this.end_factor - this.start_factor;
    const before = this.total_iters * this.start_factor + (this.last_epoch - 1) * rise;
    return lr * (1 + rise / before);
  }

  protected override closedForm(base_lr: number): number {
    const rise = this.end_factor - this.start_factor;
    const epochs = Math.min(this.total_iters, this.last_epoch);
    return base_lr * (this.start_factor + (rise * epochs) / this.total_iters);
  }
}
