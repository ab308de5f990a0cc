/** The losses as modules, which keep their options. */
import type { Indices, Tensor } from "../autograd/index.ts";
import * as losses from "./losses.ts";
import { Module } from "./module.ts";

abstract class Loss<O> extends Module {
  readonly options: O;

  constructor(options: O = {} as O) {
    super();
    this.options = options;
  }
}

/**
 * The mean of the squared differences.
 *
 * @example
 * new MSELoss().forward(tensor([1, 2]), tensor([0, 0])) // tensor(2.5000)
 */
export class MSELoss extends Loss<losses.LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return losses.mse_loss(input, target, this.options);
  }
}

/** The mean size of the differences. */
export class L1Loss extends Loss<losses.LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return losses.l1_loss(input, target, this.options);
  }
}

/**
 * The usual loss of a classifier, from one logit for each class and the number of the right class.
 *
 * @example
 * new CrossEntropyLoss().forward(tensor([[0, 0], [100, 0]]), [1, 0]) // tensor(0.3466)
 */
export class CrossEntropyLoss extends Loss<losses.CrossEntropyOptions> {
  override forward(input: Tensor, target: Indices): Tensor {
    return losses.cross_entropy(input, target, this.options);
  }
}

/** As `CrossEntropyLoss`, from log-probabilities. */
export class NLLLoss extends Loss<losses.NLLOptions> {
  override forward(input: Tensor, target: Indices): Tensor {
    return losses.nll_loss(input, target, this.options);
  }
}

/** The loss of yes-or-no answers, from logits. */
export class BCEWithLogitsLoss extends Loss<losses.LossOptions> {
  override forward(input: Tensor, target: Tensor): Tensor {
    return losses.binary_cross_entropy_with_logits(input, target, this.options);
  }
}
