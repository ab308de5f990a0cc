import { ValueError } from "../errors.ts";
import { keywords, required } from "../keywords.ts";
import { cos } from "./cos.ts";
import type { AnyOptimizer, Group } from "./groups.ts";
import { LRScheduler, type LRSchedulerOptions, typeName } from "./scheduler.ts";

export interface CosineAnnealingWarmRestartsOptions extends LRSchedulerOptions {
  /** How many epochs lie before the first restart. */
  T_0: number;
  /** How many times longer each round is than the one before, a whole number. By default 1. */
  T_mult?: number;
  /** The lowest learning rate. By default 0. */
  eta_min?: number;
}

/**
 * Down to `eta_min` along half a cosine wave, then back to the initial learning rate at once, and
 * again, in rounds that may grow. `step(epoch)` takes fractions: `epoch + batch / batches`.
 *
 * Source: Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", equation 5,
 * https://arxiv.org/abs/1608.03983
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new CosineAnnealingWarmRestarts(optimizer, { T_0: 4, T_mult: 2 });
 * scheduler.step(11.999);
 * scheduler.get_last_lr()[0] < 1e-6 // true
 * scheduler.step(12);
 * scheduler.get_last_lr() // [1]
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  declare T_0: number;
  /** How many epochs this round has. */
  declare T_i: number;
  declare T_mult: number;
  declare eta_min: number;
  /** How many epochs of this round have passed. */
  declare T_cur: number;

  constructor(optimizer: AnyOptimizer, options: CosineAnnealingWarmRestartsOptions) {
    const { T_0, T_mult, eta_min, last_epoch } = keywords<
      Required<CosineAnnealingWarmRestartsOptions>
    >(options, { T_0: required, T_mult: 1, eta_min: 0, last_epoch: -1 });
    if (T_0 <= 0 || !Number.isInteger(T_0)) {
      throw new ValueError(`Expected positive integer T_0, but got ${T_0}`);
    }
    if (T_mult < 1 || !Number.isInteger(T_mult)) {
      throw new ValueError(`Expected integer T_mult >= 1, but got ${T_mult}`);
    }
    if (typeof eta_min !== "number") {
      throw new ValueError(
        `Expected float or int eta_min, but got ${eta_min} of type <class '${typeName(eta_min)}'>`,
      );
    }
    super(optimizer, { T_0, T_i: T_0, T_mult, eta_min, T_cur: last_epoch, last_epoch });
  }

  protected override chainableForm(_group: Group, i: number): number {
    const { eta_min, T_cur, T_i } = this;
    return eta_min + ((this.base_lrs[i]! - eta_min) * (1 + cos((Math.PI * T_cur) / T_i))) / 2;
  }

  override step(epoch?: number): void {
    if (epoch !== undefined && epoch < 0) {
      throw new ValueError(`Expected non-negative epoch, but got ${epoch}`);
    }
    if (epoch === undefined && this.last_epoch >= 0) this.next();
    else this.jump(epoch ?? 0);
    this.write(() => this.get_lr());
  }

  private next(): void {
    this.last_epoch++;
    this.T_cur++;
    if (this.T_cur < this.T_i) return;
    this.T_cur %= this.T_i;
    this.T_i *= this.T_mult;
  }

  private jump(epoch: number): void {
    const { T_0, T_mult } = this;
    this.last_epoch = Math.floor(epoch);
    if (epoch < T_0) {
      this.T_i = T_0;
      this.T_cur = epoch;
    } else if (T_mult === 1) {
      this.T_cur = epoch % T_0;
    } else {
      // Rounded logarithms may miss a restart that falls on this very epoch, in PyTorch as here.
      const rounds = Math.trunc(Math.log((epoch / T_0) * (T_mult - 1) + 1) / Math.log(T_mult));
      this.T_cur = epoch - (T_0 * (T_mult ** rounds - 1)) / (T_mult - 1);
      this.T_i = T_0 * T_mult ** rounds;
    }
  }
}
