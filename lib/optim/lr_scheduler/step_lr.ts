import { pow } from "../../kernels/index.ts";
import { ValueError } from "../errors.ts";
import { keywords, required } from "../keywords.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface StepLROptions extends LRSchedulerOptions {
  /** How many epochs lie between two drops. */
  step_size: number;
  /** What each drop multiplies the learning rate with. By default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the learning rate by `gamma` every `step_size` epochs.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new StepLR(optimizer, { step_size: 30, gamma: 0.5 });
 * for (let epoch = 0; epoch < 60; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.get_last_lr() // [0.25]
 */
export class StepLR extends LRScheduler {
  declare step_size: number;
  declare gamma: number;

  constructor(optimizer: AnyOptimizer, options: StepLROptions) {
    const all = keywords<Required<StepLROptions>>(options, {
      step_size: required,
      gamma: 0.1,
      last_epoch: -1,
    });
    if (!(all.step_size > 0)) {
      throw new ValueError(`step_size: ${all.step_size}. It counts epochs: give 1 or more`);
    }
    super(optimizer, { ...all });
  }

  protected override chainableForm({ lr }: Group): number {
    const drops = this.last_epoch > 0 && this.last_epoch % this.step_size === 0;
    return drops ? lr * this.gamma : lr;
  }

  protected override closedForm(base_lr: number): number {
    return base_lr * pow(this.gamma, Math.floor(this.last_epoch / this.step_size));
  }
}
