import { pow } from "../../kernels/index.ts";
import { keywords, required } from "../keywords.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface ExponentialLROptions extends LRSchedulerOptions {
  /** What every epoch multiplies the learning rate with. */
  gamma: number;
}

/**
 * Multiplies the learning rate by `gamma` every epoch.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new ExponentialLR(optimizer, { gamma: 0.5 });
 * for (let epoch = 0; epoch < 3; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.get_last_lr() // [0.125]
 */
export class ExponentialLR extends LRScheduler {
  declare gamma: number;

  constructor(optimizer: AnyOptimizer, options: ExponentialLROptions) {
    const all = keywords<Required<ExponentialLROptions>>(options, {
      gamma: required,
      last_epoch: -1,
    });
    super(optimizer, { ...all });
  }

  protected override chainableForm({ lr }: Group): number {
    return this._is_initial ? lr : lr * this.gamma;
  }

  protected override closedForm(base_lr: number): number {
    return base_lr * pow(this.gamma, this.last_epoch);
  }
}
