import { ValueError } from "../errors.ts";
import { keywords, required } from "../keywords.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { carriedBy, checkOptimizer, LRScheduler, typeName } from "./scheduler.ts";
import type { LRSchedulerOptions, SchedulerState } from "./scheduler.ts";

/** A factor for the learning rate, from the epoch. */
export type Factor = (epoch: number) => number;

export interface LambdaLROptions extends LRSchedulerOptions {
  /** One function for all groups, or a list with one for each. */
  lr_lambda: Factor | readonly Factor[];
}

/**
 * The initial learning rate times a function of the epoch.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new LambdaLR(optimizer, { lr_lambda: (epoch) => 1 / (1 + epoch) });
 * optimizer.step();
 * scheduler.step();
 * scheduler.get_last_lr() // [0.5]
 */
export class LambdaLR extends LRScheduler {
  declare lr_lambdas: Factor[];

  constructor(optimizer: AnyOptimizer, options: LambdaLROptions) {
    checkOptimizer(optimizer);
    const { lr_lambda, last_epoch } = keywords<Required<LambdaLROptions>>(options, {
      lr_lambda: required,
      last_epoch: -1,
    });
    const groups = optimizer.param_groups.length;
    const lr_lambdas = Array.isArray(lr_lambda)
      ? [...lr_lambda]
      : Array.from({ length: groups }, () => lr_lambda);
    if (lr_lambdas.length !== groups) {
      throw new ValueError(`Expected ${groups} lr_lambdas, but got ${lr_lambdas.length}`);
    }
    const odd = lr_lambdas.find((lambda) => typeof lambda !== "function");
    if (odd !== undefined) {
      throw new TypeError(`lr_lambda should be a function, but got ${typeName(odd)}`);
    }
    super(optimizer, { lr_lambdas, last_epoch });
  }

  /** NaN, which `step()` refuses, for a group that was added later. */
  protected factor(i: number): number {
    return this.lr_lambdas[i]?.(this.last_epoch) ?? NaN;
  }

  protected override chainableForm(_group: Group, i: number): number {
    return this.base_lrs[i]! * this.factor(i);
  }

  /** A function is not saved, but the properties that it carries are. */
  override state_dict(): SchedulerState {
    const { lr_lambdas, ...state } = super.state_dict();
    return { ...state, lr_lambdas: (lr_lambdas as Factor[]).map(carriedBy) };
  }

  override load_state_dict({ lr_lambdas, ...state }: SchedulerState): void {
    super.load_state_dict(state);
    (lr_lambdas as (object | null)[]).forEach((carried, i) => {
      Object.assign(this.lr_lambdas[i]!, carried);
    });
  }
}
