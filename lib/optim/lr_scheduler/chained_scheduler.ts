import { ValueError } from "../errors.ts";
import { keywords } from "../keywords.ts";
import { checkParts, CompositeScheduler } from "./composite.ts";
import type { AnyOptimizer } from "./groups.ts";
import type { LRScheduler } from "./scheduler.ts";

export interface ChainedSchedulerOptions {
  /** By default that of the first scheduler. */
  optimizer?: AnyOptimizer | null;
}

/**
 * Several schedulers at once: every step is a step of each, in order, and their factors multiply.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const constant = new ConstantLR(optimizer, { factor: 0.5, total_iters: 4 });
 * const decay = new ExponentialLR(optimizer, { gamma: 0.5 });
 * const scheduler = new ChainedScheduler([constant, decay]);
 * optimizer.step();
 * scheduler.step();
 * scheduler.get_last_lr() // [0.25]
 */
export class ChainedScheduler extends CompositeScheduler {
  constructor(schedulers: readonly LRScheduler[], options?: ChainedSchedulerOptions) {
    const given = keywords<Required<ChainedSchedulerOptions>>(options, { optimizer: null });
    if (schedulers.length < 1) {
      throw new ValueError(
        "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.",
      );
    }
    const optimizer = given.optimizer ?? schedulers[0]!.optimizer;
    checkParts("ChainedScheduler", optimizer, schedulers);
    super(optimizer, { _schedulers: [...schedulers] });
  }

  protected override start(): void {
    this.noteLrs();
  }

  override step(): void {
    for (const scheduler of this._schedulers) scheduler.step();
    this.noteLrs();
  }
}
