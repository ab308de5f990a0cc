import { keywords, required } from "../keywords.ts";
import { cos } from "./cos.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface CosineAnnealingLROptions extends LRSchedulerOptions {
  /** How many epochs the way down takes. */
  T_max: number;
  /** The learning rate at its end. By default 0. */
  eta_min?: number;
}

/**
 * Down from the initial learning rate to `eta_min` along half a cosine wave, and up again after
 * `T_max` epochs: annealing without restarts.
 *
 * Source: Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", equation 5,
 * https://arxiv.org/abs/1608.03983
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new CosineAnnealingLR(optimizer, { T_max: 10 });
 * for (let epoch = 0; epoch < 10; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * scheduler.get_last_lr() // [0]
 */
export class CosineAnnealingLR extends LRScheduler {
  declare T_max: number;
  declare eta_min: number;

  constructor(optimizer: AnyOptimizer, options: CosineAnnealingLROptions) {
    const all = keywords<Required<CosineAnnealingLROptions>>(options, {
      T_max: required,
      eta_min: 0,
      last_epoch: -1,
    });
    super(optimizer, { ...all });
  }

  protected override chainableForm({ lr }: Group, i: number): number {
    const { T_max, eta_min, last_epoch } = this;
    if (this._is_initial) return lr;
    // At the bottom of the wave the ratio below is 0 / 0.
    if ((last_epoch - 1 - T_max) % (2 * T_max) === 0) {
      return lr + ((this.base_lrs[i]! - eta_min) * (1 - cos(Math.PI / T_max))) / 2;
    }
    const height = (epoch: number) => 1 + cos((Math.PI * epoch) / T_max);
    return (height(last_epoch) / height(last_epoch - 1)) * (lr - eta_min) + eta_min;
  }

  protected override closedForm(base_lr: number): number {
    const { T_max, eta_min, last_epoch } = this;
    return eta_min + ((base_lr - eta_min) * (1 + cos((Math.PI * last_epoch) / T_max))) / 2;
  }
}
