import { pow } from "../../kernels/index.ts";
import { keywords } from "../keywords.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface PolynomialLROptions extends LRSchedulerOptions {
  /** The epoch at which the learning rate is 0. By default 5. */
  total_iters?: number;
  /** 1 falls in a straight line, more than 1 falls early, less than 1 late. By default 1. */
  power?: number;
}

/**
 * The learning rate times `(1 - epoch / total_iters) ** power`, down to 0.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new PolynomialLR(optimizer, { total_iters: 4, power: 2 });
 * optimizer.step();
 * scheduler.step();
 * scheduler.get_last_lr() // [0.5625]
 */
export class PolynomialLR extends LRScheduler {
  declare total_iters: number;
  declare power: number;

  constructor(optimizer: AnyOptimizer, options?: PolynomialLROptions) {
    const all = keywords<Required<PolynomialLROptions>>(options, {
      total_iters: 5,
      power: 1,
      last_epoch: -1,
    });
    super(optimizer, { ...all });
  }

  protected override chainableForm({ lr }: Group): number {
    if (this._is_initial || this.last_epoch > this.total_iters) return lr;
    const left = (epoch: number) => 1 - epoch / this.total_iters;
    return lr * pow(left(this.last_epoch) / left(this.last_epoch - 1), this.power);
  }

  protected override closedForm(base_lr: number): number {
    const epochs = Math.min(this.total_iters, this.last_epoch);
    return base_lr * pow(1 - epochs / this.total_iters, this.power);
  }
}
