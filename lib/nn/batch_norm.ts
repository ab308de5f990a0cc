import { no_grad, ones, type Tensor, tensor, zeros } from "../autograd/index.ts";
import { showShape } from "../autograd/shape.ts";
import type { LayerOptions } from "./layers.ts";
import { Module } from "./module.ts";
import { batch_norm } from "./normalize.ts";

export interface BatchNormOptions extends Pick<LayerOptions, "dtype"> {
  /** Added to the variance. By default 1e-5. */
  eps?: number;
  /**
   * How far the running statistics go towards those of a batch; null: they are the mean of all
   * batches so far. By default 0.1.
   */
  momentum?: number | null;
  /** Whether `weight` and `bias` are learned. By default true. */
  affine?: boolean;
  /** Whether running statistics are kept, for use after `eval()`. By default true. */
  track_running_stats?: boolean;
}

/**
 * Gives every feature mean 0 and variance 1 within the batch, then a learned scale and offset. After
 * `eval()` it uses what it has seen in training: `running_mean` and `running_var`, which are buffers.
 * Weights that were averaged or loaded alone need new ones: `swa_utils.update_bn`.
 *
 * Input: [n, num_features] or [n, num_features, length]. See `functional.batch_norm`.
 *
 * @example
 * const layer = new BatchNorm1d(2, { momentum: null });
 * layer.forward(tensor([[1, 10], [3, 30]])).detach() // tensor([[-1.0000, -1.0000], [1.0000, 1.0000]])
 * layer.running_mean // tensor([2., 20.])
 * layer.running_var // tensor([2., 200.])
 */
export class BatchNorm1d extends Module {
  readonly num_features: number;
  readonly eps: number;
  momentum: number | null;
  readonly affine: boolean;
  readonly track_running_stats: boolean;
  weight: Tensor | null;
  bias: Tensor | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  /** How many batches the statistics have seen. */
  declare num_batches_tracked: Tensor | null;

  constructor(num_features: number, options: BatchNormOptions = {}) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, track_running_stats = true } = options;
    const dtype = options.dtype ?? "float32";
    this.num_features = num_features;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.track_running_stats = track_running_stats;
    this.weight = affine ? ones([num_features], { dtype, requires_grad: true }) : null;
    this.bias = affine ? zeros([num_features], { dtype, requires_grad: true }) : null;
    if (track_running_stats) {
      this.register_buffer("running_mean", zeros([num_features], { dtype }));
      this.register_buffer("running_var", ones([num_features], { dtype }));
      this.register_buffer("num_batches_tracked", tensor(0));
    } else {
      Object.assign(this, { running_mean: null, running_var: null, num_batches_tracked: null });
    }
  }

  /** Forgets the batches seen so far. */
  reset_running_stats(): void {
    no_grad(() => {
      this.running_mean?.zero_();
      this.running_var?.fill_(1);
      this.num_batches_tracked?.zero_();
    });
  }

  /** Forgets the batches and what was learned. */
  reset_parameters(): void {
    this.reset_running_stats();
    no_grad(() => {
      this.weight?.fill_(1);
      this.bias?.zero_();
    });
  }

  override forward(input: Tensor): Tensor {
    const { shape } = input;
    if (shape.length !== 2 && shape.length !== 3) {
      throw new RangeError(`expected 2D or 3D input (got ${shape.length}D input)`);
    }
    if (shape[1] !== this.num_features) {
      throw new RangeError(
        `input: ${showShape(shape)}. Its second size must be num_features, ${this.num_features}`,
      );
    }
    const { weight, bias, eps, training, running_mean, running_var, num_batches_tracked } = this;
    let momentum = this.momentum ?? 0;
    if (training && num_batches_tracked !== null) {
      no_grad(() => num_batches_tracked.add_(1));
      momentum = this.momentum ?? 1 / num_batches_tracked.item();
    }
    const options = { weight, bias, training, momentum, eps };
    return batch_norm(input, running_mean, running_var, options);
  }

  protected override extra_repr(): string {
    const { num_features, eps, momentum, affine, track_running_stats } = this;
    return (
      `${num_features}, eps=${eps}, momentum=${momentum}, affine=${affine}, ` +
      `track_running_stats=${track_running_stats}`
    );
  }
}
