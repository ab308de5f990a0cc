/** PyTorch's warnings, and the watch over the order of steps: the optimizer's, then the scheduler's. */
import type { AnyOptimizer } from "./groups.ts";

type Step = AnyOptimizer["step"];

/** Optimizers whose `step` has been called since a scheduler was attached. */
const stepped = new WeakSet<AnyOptimizer>();
/** The `step` that notes it, by optimizer. */
const watchers = new WeakMap<AnyOptimizer, Step>();

/** Schedulers that were given an epoch once: in a loop, one warning is enough. */
const warned = new WeakSet<object>();

/** Notes from now on when the optimizer makes a step. */
export function watch(optimizer: AnyOptimizer): void {
  const step: Step = optimizer.step;
  if (watchers.get(optimizer) === step) return;
  const watcher = (...args: Parameters<Step>) => {
    stepped.add(optimizer);
    return step.apply(optimizer, args);
  };
  watchers.set(optimizer, watcher as Step);
  Object.defineProperty(optimizer, "step", { value: watcher, writable: true, configurable: true });
}

/** Called at the scheduler's first step: warns where the optimizer has not made one yet. */
export function warnIfEarly(optimizer: AnyOptimizer): void {
  const more =
    "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate";
  if (watchers.get(optimizer) !== optimizer.step) {
    console.warn(
      "Seems like `optimizer.step()` has been overridden after learning rate scheduler " +
        "initialization. Please, make sure to call `optimizer.step()` before " +
        `\`lr_scheduler.step()\`. ${more}`,
    );
  } else if (!stepped.has(optimizer)) {
    console.warn(
      "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and " +
        "later, you should call them in the opposite order: `optimizer.step()` before " +
        "`lr_scheduler.step()`.  Failure to do this will result in PyTorch skipping the first " +
        `value of the learning rate schedule. ${more}`,
    );
  }
}

export function warnAboutEpoch(scheduler: object): void {
  if (warned.has(scheduler)) return;
  warned.add(scheduler);
  console.warn(
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where " +
      "possible. Please use `scheduler.step()` to step the scheduler. During the deprecation, if " +
      "epoch is different from None, the closed form is used instead of the new chainable form, " +
      "where available.",
  );
}
