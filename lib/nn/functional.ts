/** The operations of networks as functions: PyTorch's `torch.nn.functional`. */
import { narrowed } from "../autograd/autocast.ts";
import { widest } from "../autograd/data.ts";
import { type Indices, type Tensor, where } from "../autograd/index.ts";
import { timesTransposed } from "../autograd/matmul.ts";
import { embedding as rows } from "../autograd/embedding.ts";
import { ops } from "../autograd/ops.ts";
import { type Generator, generatorOf } from "./init.ts";

export { batch_norm, type BatchNormCall } from "./normalize.ts";
export {
  binary_cross_entropy_with_logits,
  cross_entropy,
  l1_loss,
  mse_loss,
  nll_loss,
} from "./losses.ts";

/**
 * input · weightᵀ + bias, for `weight` [out, in] and `input` [..., in].
 *
 * @example
 * linear(tensor([1, 2]), tensor([[3, 4]]), tensor([0.5])) // tensor([11.5000])
 */
export function linear(input: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  if (!bias) return timesTransposed(narrowed(input), narrowed(weight));
  const [x, w, b] = [narrowed(input), narrowed(weight), narrowed(bias)];
  const dtype = widest([x.dtype, w.dtype, b.dtype]);
  // The sum of products and bias is rounded to float16 once.
  const [left, right, added] = dtype === "float16" ? [x.float(), w.float(), b.float()] : [x, w, b];
  return timesTransposed(left, right).add(added).to(dtype);
}

export interface EmbeddingCall {
  /** The row with this number gets no gradient. */
  padding_idx?: number | null;
  /** The gradient lists the rows that were used, for `SparseAdam`, instead of all. */
  sparse?: boolean;
}

/**
 * The rows of `weight` with these numbers: [...numbers, width].
 *
 * @example
 * embedding([1, 0, 1], tensor([[1, 2], [3, 4]])) // tensor([[3., 4.], [1., 2.], [3., 4.]])
 */
export function embedding(input: Indices, weight: Tensor, options: EmbeddingCall = {}): Tensor {
  return rows(weight, input, options.padding_idx ?? null, options.sparse ?? false);
}

export function relu(input: Tensor): Tensor {
  return input.relu();
}
export function tanh(input: Tensor): Tensor {
  return input.tanh();
}
export function sigmoid(input: Tensor): Tensor {
  return input.sigmoid();
}
export function softmax(input: Tensor, dim: number): Tensor {
  return input.softmax(dim);
}
export function log_softmax(input: Tensor, dim: number): Tensor {
  return input.log_softmax(dim);
}

/**
 * x times the probability that a normal number is less than x, or the tanh that comes close to it.
 *
 * Source: Hendrycks, Gimpel (2016), Gaussian Error Linear Units, arXiv:1606.08415.
 *
 * @example
 * gelu(tensor([-1, 1])) // tensor([-0.1587, 0.8413])
 * gelu(tensor([-1, 1]), { approximate: "tanh" }) // tensor([-0.1588, 0.8412])
 */
export function gelu(
  input: Tensor,
  { approximate = "none" }: { approximate?: "none" | "tanh" } = {},
): Tensor {
  if (approximate === "none") return ops.gelu(input);
  const inner = input.add(input.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return input.mul(0.5).mul(inner.tanh().add(1));
}

/**
 * x · sigmoid(x), also called swish.
 *
 * @example
 * silu(tensor([-1, 0, 1])) // tensor([-0.2689, 0.0000, 0.7311])
 */
export function silu(input: Tensor): Tensor {
  return input.mul(input.sigmoid());
}

/**
 * x, but only `negative_slope` of it below 0.
 *
 * @example
 * leaky_relu(tensor([-1, 1]), 0.1) // tensor([-0.1000, 1.0000])
 */
export function leaky_relu(input: Tensor, negative_slope = 0.01): Tensor {
  return where(input.gt(0), input, input.mul(negative_slope));
}

export interface DropoutOptions extends Generator {
  /** The probability that an element is dropped. */
  p?: number;
  training?: boolean;
}

/**
 * In training every element is 0 with probability p, and the others grow by 1 / (1 - p).
 *
 * Source: Srivastava et al. (2014), Dropout: A Simple Way to Prevent Neural Networks from
 * Overfitting, JMLR 15.
 *
 * @example
 * dropout(ones([4]), { p: 0.5, generator: rng(1) }) // tensor([2., 0., 2., 2.])
 */
export function dropout(input: Tensor, options: DropoutOptions = {}): Tensor {
  const { p = 0.5, training = true } = options;
  if (!(p >= 0 && p <= 1)) {
    throw new RangeError(`dropout probability has to be between 0 and 1, but got ${p}`);
  }
  if (!training || p === 0) return input;
  const next = generatorOf(options);
  const kept = input.like(0);
  if (p < 1) for (let i = 0; i < kept.size; i++) kept.data[i] = next() < p ? 0 : 1 / (1 - p);
  return input.mul(kept);
}
