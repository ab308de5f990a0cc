import { ValueError } from "../errors.ts";
import { keywords, required } from "../keywords.ts";
import { checkParts, CompositeScheduler } from "./composite.ts";
import type { AnyOptimizer } from "./groups.ts";
import { checkOptimizer, LRScheduler, type LRSchedulerOptions } from "./scheduler.ts";

export interface SequentialLROptions extends LRSchedulerOptions {
  /** One after the other. */
  schedulers: readonly LRScheduler[];
  /** The epochs at which the second, the third, ... takes over, rising. */
  milestones: readonly number[];
}

/**
 * One scheduler after the other. Each counts its epochs from 0 when it takes over.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const warmup = new LinearLR(optimizer, { start_factor: 0.5, total_iters: 2 });
 * const decay = new ExponentialLR(optimizer, { gamma: 0.5 });
 * const schedulers = [warmup, decay];
 * const scheduler = new SequentialLR(optimizer, { schedulers, milestones: [2] });
 * const lrs = [0, 1, 2, 3].map(() => {
 *   optimizer.step();
 *   scheduler.step();
 *   return optimizer.param_groups[0].lr;
 * });
 * lrs // [0.75, 1, 0.5, 0.25]
 */
export class SequentialLR extends CompositeScheduler {
  declare _milestones: readonly number[];

  constructor(optimizer: AnyOptimizer, options: SequentialLROptions) {
    checkOptimizer(optimizer);
    const { schedulers, milestones, last_epoch } = keywords<Required<SequentialLROptions>>(
      options,
      { schedulers: required, milestones: required, last_epoch: -1 },
    );
    if (schedulers.length < 1) {
      throw new ValueError("SequentialLR expects at least one scheduler, but got no scheduler.");
    }
    checkParts("SequentialLR", optimizer, schedulers);
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        "Sequential Schedulers expects number of schedulers provided to be one more than the " +
          `number of milestone points, but got number of schedulers ${schedulers.length} and the ` +
          `number of milestones to be equal to ${milestones.length}`,
      );
    }
    super(optimizer, { _schedulers: [...schedulers], _milestones: [...milestones], last_epoch });
  }

  /** Takes back what making the parts did to the groups, and makes the first step of the first. */
  protected override start(last_epoch: number): void {
    this.last_epoch = last_epoch + 1;
    for (const group of this.groups) group.lr = group.initial_lr!;
    takeBack(this._schedulers);
    const first = this._schedulers[this.turn(0)]!;
    first._initial_step();
    this._last_lr = first.get_last_lr();
  }

  /** Whose turn an epoch is: as many milestones have passed. */
  private turn(epoch: number): number {
    return this._milestones.filter((milestone) => milestone <= epoch).length;
  }

  override step(): void {
    this.last_epoch++;
    const i = this.turn(this.last_epoch);
    const scheduler = this._schedulers[i]!;
    if (this._milestones[i - 1] === this.last_epoch) scheduler._update_lr(0);
    else scheduler.step();
    this._last_lr = scheduler.get_last_lr();
  }
}

function takeBack(schedulers: readonly LRScheduler[]): void {
  for (const scheduler of schedulers) {
    if (scheduler instanceof CompositeScheduler) takeBack(scheduler._schedulers);
    else scheduler.last_epoch--;
  }
}
