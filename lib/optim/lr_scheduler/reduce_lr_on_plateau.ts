import type { Tensor } from "../../autograd/index.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import { keywords } from "../keywords.ts";
import type { AnyOptimizer } from "./groups.ts";
import { checkOptimizer, LRScheduler, type SchedulerState } from "./scheduler.ts";
import { warnAboutEpoch } from "./warnings.ts";

export interface ReduceLROnPlateauOptions {
  /** Whether the metric should fall or rise. By default "min". */
  mode?: "min" | "max";
  /** What the learning rate is multiplied with, less than 1. By default 0.1. */
  factor?: number;
  /** How many bad epochs in a row are borne; the next one acts. By default 10. */
  patience?: number;
  /** How much better the metric must be to count. By default 1e-4. */
  threshold?: number;
  /** Whether the threshold is a part of the best metric, or a difference. By default "rel". */
  threshold_mode?: "rel" | "abs";
  /** For how many epochs after a reduction bad ones are not counted. By default 0. */
  cooldown?: number;
  /** The lowest learning rate: one for all groups, or a list. By default 0. */
  min_lr?: number | readonly number[];
  /** A reduction by less than this is not made. By default 1e-8. */
  eps?: number;
}

/**
 * Reduces the learning rate when a metric, such as the validation loss, has stopped improving. It is
 * given to `step(metric)`. NaN is never better.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 1 });
 * for (const loss of [0.9, 0.8, 0.8, 0.8]) scheduler.step(loss);
 * scheduler.get_last_lr() // [0.5]
 */
export class ReduceLROnPlateau extends LRScheduler {
  declare factor: number;
  declare default_min_lr: number | null;
  declare min_lrs: number[];
  declare patience: number;
  declare cooldown: number;
  declare eps: number;
  declare mode_worse: number;
  declare mode: "min" | "max";
  declare threshold: number;
  declare threshold_mode: "rel" | "abs";
  declare best: number;
  declare cooldown_counter: number;
  declare num_bad_epochs: number;

  constructor(optimizer: AnyOptimizer, options?: ReduceLROnPlateauOptions) {
    const all = keywords<Required<ReduceLROnPlateauOptions>>(options, {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      threshold_mode: "rel",
      cooldown: 0,
      min_lr: 0,
      eps: 1e-8,
    });
    const { factor, patience, cooldown, eps, min_lr, mode, threshold, threshold_mode } = all;
    if (factor >= 1) throw new ValueError("Factor should be < 1.0.");
    checkOptimizer(optimizer);
    const groups = optimizer.param_groups.length;
    const default_min_lr = typeof min_lr === "number" ? min_lr : null;
    const min_lrs = typeof min_lr === "number" ? Array(groups).fill(min_lr) : [...min_lr];
    if (min_lrs.length !== groups) {
      throw new ValueError(`expected ${groups} min_lrs, got ${min_lrs.length}`);
    }
    if (mode !== "min" && mode !== "max") throw new ValueError(`mode ${mode} is unknown!`);
    if (threshold_mode !== "rel" && threshold_mode !== "abs") {
      throw new ValueError(`threshold mode ${threshold_mode} is unknown!`);
    }
    super(optimizer, { factor, default_min_lr, min_lrs, patience, cooldown, eps });
    this.mode_worse = mode === "min" ? Infinity : -Infinity;
    Object.assign(this, { mode, threshold, threshold_mode });
    this.best = this.mode_worse;
    this.cooldown_counter = 0;
    this.num_bad_epochs = 0;
  }

  /** The learning rate stays as it is until a metric comes. */
  protected override start(): void {
    this.last_epoch = 0;
    this.noteLrs();
  }

  get in_cooldown(): boolean {
    return this.cooldown_counter > 0;
  }

  /** Takes note of a metric: a number, or a tensor that holds one. It must be given. */
  override step(metrics?: number | Tensor, epoch?: number): void {
    if (metrics === undefined) throw new TypeError("step: ReduceLROnPlateau needs a metric");
    const current = typeof metrics === "number" ? metrics : metrics.item();
    if (epoch !== undefined) warnAboutEpoch(this);
    this.last_epoch = epoch ?? this.last_epoch + 1;
    const better = this.isBetter(current);
    if (better) this.best = current;
    this.num_bad_epochs = better ? 0 : this.num_bad_epochs + 1;
    if (this.in_cooldown) {
      this.cooldown_counter--;
      this.num_bad_epochs = 0;
    }
    if (this.num_bad_epochs > this.patience) {
      this.reduce();
      this.cooldown_counter = this.cooldown;
      this.num_bad_epochs = 0;
    }
    this.noteLrs();
  }

  private isBetter(metric: number): boolean {
    const { best, threshold } = this;
    const sign = this.mode === "min" ? -1 : 1;
    const bar =
      this.threshold_mode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
    return this.mode === "min" ? metric < bar : metric > bar;
  }

  private reduce(): void {
    if (this.groups.length !== this.min_lrs.length) this.refit();
    this.groups.forEach((group, i) => {
      const lr = Math.max(group.lr * this.factor, this.min_lrs[i]!);
      if (group.lr - lr > this.eps) group.lr = lr;
    });
  }

  /** The optimizer has got more groups since. */
  private refit(): void {
    if (this.default_min_lr === null) {
      throw new RuntimeError(
        `The number of param groups in the \`optimizer\` (${this.groups.length}) differs from ` +
          `when \`ReduceLROnPlateau\` was initialized (${this.min_lrs.length}), usually due to a ` +
          "new param group being added to the optimizer. Please modify the `min_lrs` field to " +
          "match the length of the `optimizer` param groups.",
      );
    }
    this.min_lrs = Array(this.groups.length).fill(this.default_min_lr);
  }

  override load_state_dict(state: SchedulerState): void {
    super.load_state_dict(state);
    this.mode_worse = this.mode === "min" ? Infinity : -Infinity;
    // JSON has no infinity and writes null.
    this.best ??= this.mode_worse;
  }
}
