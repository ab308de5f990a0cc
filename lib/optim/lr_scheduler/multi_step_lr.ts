import { pow } from "../../kernels/index.ts";
import { keywords, required } from "../keywords.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface MultiStepLROptions extends LRSchedulerOptions {
  /** The epochs at which the learning rate drops; one that is listed twice drops it twice. */
  milestones: readonly number[];
  /** What each drop multiplies the learning rate with. By default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the learning rate by `gamma` at each of the milestones.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new MultiStepLR(optimizer, { milestones: [3, 8], gamma: 0.5 });
 * for (let epoch = 0; epoch < 10; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.get_last_lr() // [0.25]
 */
export class MultiStepLR extends LRScheduler {
  /** How often each epoch is listed. */
  declare milestones: Record<number, number>;
  declare gamma: number;

  constructor(optimizer: AnyOptimizer, options: MultiStepLROptions) {
    const all = keywords<Required<MultiStepLROptions>>(options, {
      milestones: required,
      gamma: 0.1,
      last_epoch: -1,
    });
    const milestones: Record<number, number> = {};
    for (const epoch of all.milestones) milestones[epoch] = (milestones[epoch] ?? 0) + 1;
    super(optimizer, { ...all, milestones });
  }

  protected override chainableForm({ lr }: Group): number {
    return lr * pow(this.gamma, this.milestones[this.last_epoch] ?? 0);
  }

  protected override closedForm(base_lr: number): number {
    const drops = Object.entries(this.milestones)
      .filter(([epoch]) => Number(epoch) <= this.last_epoch)
      .reduce((sum, [, times]) => sum + times, 0);
    return base_lr * pow(this.gamma, drops);
  }
}
