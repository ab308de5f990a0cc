/** Batch normalisation as a function: `torch.nn.functional.batch_norm`. */
import { no_grad, type Tensor } from "../autograd/index.ts";
import { showShape } from "../autograd/shape.ts";

export interface BatchNormCall {
  /** What the normalised numbers are multiplied with, one per channel, and what is added. */
  weight?: Tensor | null;
  bias?: Tensor | null;
  /** Normalise by the batch's own mean and variance, and let the running ones follow. */
  training?: boolean;
  /** How far the running mean and variance go towards those of a batch. */
  momentum?: number;
  eps?: number;
}

/**
 * Every channel of `input` [n, channels] or [n, channels, length] with mean 0 and variance 1: of this
 * batch in training or where there are no running statistics, else of those. In training
 * `running_mean` and `running_var` are updated in place, the latter with the unbiased variance.
 *
 * Errors: another number of dimensions; in training, one value per channel only.
 *
 * Source: Ioffe, Szegedy (2015), Batch Normalization: Accelerating Deep Network Training by Reducing
 * Internal Covariate Shift, ICML, arXiv:1502.03167.
 *
 * @example
 * batch_norm(tensor([[1], [3]]), null, null, { training: true, eps: 0 }) // tensor([[-1.], [1.]])
 */
export function batch_norm(
  input: Tensor,
  running_mean: Tensor | null,
  running_var: Tensor | null,
  options: BatchNormCall = {},
): Tensor {
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  const { shape, size } = input;
  const channels = shape[1] ?? 0;
  const ofChannels = shape.map((length, dim) => (dim === 1 ? length : 1));
  const others = [...shape.keys()].filter((dim) => dim !== 1);
  const spread = (tensor: Tensor) => tensor.reshape(ofChannels);
  let mean: Tensor;
  let variance: Tensor;
  if (training || running_mean === null || running_var === null) {
    const count = size / channels;
    if (training && count === 1) {
      throw new RangeError(
        `Expected more than 1 value per channel when training, got input size ${showShape(shape)}`,
      );
    }
    mean = input.mean(others, true);
    variance = input.sub(mean).pow(2).mean(others, true);
    no_grad(() => {
      const follow = (running: Tensor | null, now: Tensor) =>
        running?.mul_(1 - momentum).add_(now.reshape([channels]).mul(momentum));
      if (training) {
        follow(running_mean, mean);
        follow(running_var, variance.mul(count / (count - 1)));
      }
    });
  } else {
    [mean, variance] = [spread(running_mean), spread(running_var)];
  }
  let result = input.sub(mean).div(variance.add(eps).sqrt());
  if (weight !== null) result = result.mul(spread(weight));
  return bias === null ? result : result.add(spread(bias));
}
