/** How wrong a prediction is, as functions: the losses of `torch.nn.functional`. */
import { type Indices, Tensor, tensor } from "../autograd/index.ts";
import { roundedOnce } from "../autograd/autocast.ts";
import { sameShape, showShape } from "../autograd/shape.ts";

/** "mean" of all, their "sum", or "none": one loss for each. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  reduction?: Reduction;
}

export interface NLLOptions extends LossOptions {
  /** How much each class counts. */
  weight?: Tensor;
  /** Samples of this class do not count. By default -100. */
  ignore_index?: number;
}

export interface CrossEntropyOptions extends NLLOptions {
  /** How much of the target is spread evenly over all classes. */
  label_smoothing?: number;
}

function reduce(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses;
  if (reduction === "mean") return losses.mean();
  if (reduction === "sum") return losses.sum();
  throw new RangeError(`${String(reduction)} is not a valid value for reduction: mean, sum, none`);
}

function checkShapes(input: Tensor, target: Tensor): void {
  if (sameShape(input.shape, target.shape)) return;
  console.warn(
    `Using a target size (${showShape(target.shape)}) that is different to the input size ` +
      `(${showShape(input.shape)}). This will likely lead to incorrect results due to ` +
      "broadcasting. Please ensure they have the same size.",
  );
}

/**
 * The squared differences.
 *
 * @example
 * mse_loss(tensor([1, 2]), tensor([0, 0])) // tensor(2.5000)
 */
export function mse_loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkShapes(input, target);
  const losses = (x: Tensor) => reduce(x.sub(target).pow(2), options.reduction ?? "mean");
  return roundedOnce(input, losses);
}

/**
 * The sizes of the differences.
 *
 * @example
 * l1_loss(tensor([1, -2]), tensor([0, 0])) // tensor(1.5000)
 */
export function l1_loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkShapes(input, target);
  const losses = (x: Tensor) => reduce(x.sub(target).abs(), options.reduction ?? "mean");
  return roundedOnce(input, losses);
}

/**
 * The cross-entropy of yes-or-no answers, from logits: log(1 + exp(-|x|)) + max(x, 0) - x·y.
 *
 * @example
 * binary_cross_entropy_with_logits(tensor([0, 100]), tensor([1, 1])) // tensor(0.3466)
 */
export function binary_cross_entropy_with_logits(
  input: Tensor,
  target: Tensor,
  options: LossOptions = {},
): Tensor {
  if (!sameShape(input.shape, target.shape)) {
    throw new RangeError(
      `Target size (${showShape(target.shape)}) must be the same as input size ` +
        `(${showShape(input.shape)})`,
    );
  }
  return roundedOnce(input, (x) => {
    const tail = x.abs().neg().exp().add(1).log();
    return reduce(x.relu().sub(x.mul(target)).add(tail), options.reduction ?? "mean");
  });
}

/**
 * Minus the log-probability of the right class. `input`: [classes], [n, classes] or
 * [n, classes, ...]; `target`: the number of the right class at every other place.
 *
 * Errors: another number of targets, a class that does not exist.
 *
 * @example
 * nll_loss(tensor([[-1, -2], [-3, -4]]), [0, 1]) // tensor(2.5000)
 */
export function nll_loss(input: Tensor, target: Indices, options: NLLOptions = {}): Tensor {
  return roundedOnce(input, (x) => negativeLogs(x, target, options));
}

function negativeLogs(input: Tensor, target: Indices, options: NLLOptions): Tensor {
  const { rows, places } = classesLast(input, target);
  const counts = countsOf(rows, places, options);
  const right = tensor(Array.from(places.data, (place, i) => (counts.data[i] === 0 ? 0 : place)));
  const chosen = rows.gather(1, right.reshape([-1, 1])).reshape([-1]);
  return reduceCounted(chosen.neg().mul(counts), counts, places.shape, options);
}

/**
 * `nll_loss` of `log_softmax`: the usual loss of a classifier that gives one logit for each class.
 *
 * @example
 * cross_entropy(tensor([[0, 0], [100, 0]]), [1, 0]) // tensor(0.3466)
 */
export function cross_entropy(
  input: Tensor,
  target: Indices,
  options: CrossEntropyOptions = {},
): Tensor {
  return roundedOnce(input, (x) => crossEntropy(x, target, options));
}

function crossEntropy(input: Tensor, target: Indices, options: CrossEntropyOptions): Tensor {
  const logs = input.log_softmax(input.shape.length === 1 ? 0 : 1);
  const sharp = nll_loss(logs, target, options);
  const smoothing = options.label_smoothing ?? 0;
  if (smoothing === 0) return sharp;
  const { rows, places } = classesLast(logs, target);
  const counts = countsOf(rows, places, options);
  const weighted = options.weight === undefined ? rows : rows.mul(options.weight);
  const seen = tensor(Array.from(counts.data, (count) => Number(count !== 0)));
  const even = weighted.sum(1).neg().mul(seen);
  const smooth = reduceCounted(even, counts, places.shape, options);
  return sharp.mul(1 - smoothing).add(smooth.mul(smoothing / rows.shape[1]!));
}

/** Log-probabilities as [samples, classes], and the target of each sample. */
function classesLast(input: Tensor, target: Indices): { rows: Tensor; places: Tensor } {
  const single = input.shape.length === 1;
  const [n = 1, classes = 0, ...rest] = single ? [1, ...input.shape] : input.shape;
  const places = target instanceof Tensor ? target : tensor(Array.from(target));
  const expected = [n, ...rest];
  const same = sameShape(places.shape, expected) || (single && places.size === 1);
  if (!same) {
    throw new RangeError(
      `Expected input batch_size (${n}) to match target batch_size (${places.shape[0] ?? 1}): ` +
        `input ${showShape(input.shape)} takes targets ${showShape(expected)}, ` +
        `got ${showShape(places.shape)}`,
    );
  }
  const order = [0, ...rest.map((_, i) => i + 2), 1];
  const last = rest.length === 0 ? input : input.permute(order);
  return { rows: last.reshape([-1, classes]), places };
}

/** How much every sample counts: the weight of its class, 0 if it is to be ignored. */
function countsOf(rows: Tensor, places: Tensor, options: NLLOptions): Tensor {
  const { weight, ignore_index = -100 } = options;
  const classes = rows.shape[1]!;
  const counts = Array.from(places.data, (place) => {
    if (place === ignore_index) return 0;
    if (!Number.isInteger(place) || place < 0 || place >= classes) {
      throw new RangeError(`Target ${place} is out of bounds: there are ${classes} classes`);
    }
    return weight === undefined ? 1 : weight.data[place]!;
  });
  return tensor(counts, { dtype: rows.dtype });
}

function reduceCounted(
  losses: Tensor,
  counts: Tensor,
  shape: readonly number[],
  { reduction = "mean" }: LossOptions,
): Tensor {
  if (reduction === "mean") return losses.sum().div(counts.sum());
  return reduce(reduction === "none" ? losses.reshape(shape) : losses, reduction);
}
