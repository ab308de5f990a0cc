import { ValueError } from "../errors.ts";
import type { AnyOptimizer } from "./groups.ts";
import { ReduceLROnPlateau } from "./reduce_lr_on_plateau.ts";
import { LRScheduler, type SchedulerState } from "./scheduler.ts";

/** A scheduler made of others, whose state contains theirs. */
export abstract class CompositeScheduler extends LRScheduler {
  declare _schedulers: LRScheduler[];

  override state_dict(): SchedulerState {
    const { _schedulers, ...state } = super.state_dict();
    const parts = (_schedulers as LRScheduler[]).map((scheduler) => scheduler.state_dict());
    return { ...state, _schedulers: parts };
  }

  override load_state_dict({ _schedulers, ...state }: SchedulerState): void {
    super.load_state_dict(state);
    (_schedulers as SchedulerState[]).forEach((part, i) => {
      this._schedulers[i]!.load_state_dict(part);
    });
  }
}

/** Schedulers that act together must be of one optimizer, and need nothing but `step()`. */
export function checkParts(
  name: string,
  optimizer: AnyOptimizer,
  schedulers: readonly LRScheduler[],
): void {
  schedulers.forEach((scheduler, i) => {
    if (!(scheduler instanceof LRScheduler)) {
      throw new TypeError(`${name} at index ${i} should have \`optimizer\` as its attribute.`);
    }
    if (scheduler instanceof ReduceLROnPlateau) {
      throw new ValueError(
        `${name} does not support \`ReduceLROnPlateau\` scheduler as it requires additional kwargs ` +
          `to be specified when calling \`step\`, but got one at index ${i} in the given ` +
          "schedulers sequence.",
      );
    }
    if (scheduler.optimizer !== optimizer) {
      throw new ValueError(
        `${name} expects all schedulers to belong to the same optimizer, but got scheduler ` +
          `${scheduler.constructor.name} at index ${i} has ${scheduler.optimizer.constructor.name}, ` +
          `which is different from ${optimizer.constructor.name}.`,
      );
    }
  });
}
