import type { Group } from "./groups.ts";
import { LambdaLR } from "./lambda_lr.ts";

/**
 * The current learning rate times a function of the epoch.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html
 *
 * @example
 * const optimizer = new SGD([tensor([1], { requires_grad: true })], { lr: 1 });
 * const scheduler = new MultiplicativeLR(optimizer, { lr_lambda: (epoch) => 1 / (1 + epoch) });
 * for (let epoch = 0; epoch < 3; epoch++) {
 *   optimizer.step();
 *   scheduler.step();
 * }
 * 1 / scheduler.get_last_lr()[0] // 24
 */
export class MultiplicativeLR extends LambdaLR {
  protected override chainableForm({ lr }: Group, i: number): number {
    return this._is_initial ? lr : lr * this.factor(i);
  }
}
