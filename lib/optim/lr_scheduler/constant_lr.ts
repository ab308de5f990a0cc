import { ValueError } from "../errors.ts";
import { keywords } from "../keywords.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface ConstantLROptions extends LRSchedulerOptions {
  /** What the learning rate is multiplied with at first, 0 to 1. By default 1/3. */
  factor?: number;
  /** The epoch at which the factor is taken back. By default 5. */
  total_iters?: number;
}

/**
 * The learning rate times `factor` until epoch `total_iters`, then as it was: a warm-up in one step.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new ConstantLR(optimizer, { factor: 0.5, total_iters: 4 });
 * scheduler.get_last_lr() // [0.5]
 */
export class ConstantLR extends LRScheduler {
  declare factor: number;
  declare total_iters: number;

  constructor(optimizer: AnyOptimizer, options?: ConstantLROptions) {
    const all = keywords<Required<ConstantLROptions>>(options, {
      factor: 1 / 3,
      total_iters: 5,
      last_epoch: -1,
    });
    if (all.factor > 1 || all.factor < 0) {
      throw new ValueError("Constant multiplicative factor expected to be between 0 and 1.");
    }
    super(optimizer, { ...all });
  }

  protected override chainableForm({ lr }: Group): number {
    if (this.last_epoch === 0) return lr * this.factor;
    return this.last_epoch === this.total_iters ? lr * (1 / this.factor) : lr;
  }

  protected override closedForm(base_lr: number): number {
    const over = Number(this.last_epoch >= this.total_iters);
    return base_lr * (this.factor + over * (1 - this.factor));
  }
}
