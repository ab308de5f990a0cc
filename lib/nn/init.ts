/**
 * How parameters begin: PyTorch's `torch.nn.init`. Every function fills a tensor in place and returns
 * it. Random ones take a `generator` of uniform numbers, by default the one of `manual_seed`.
 */
import { gauss, no_grad, type Random, rng, type Tensor } from "../autograd/index.ts";
import { showShape } from "../autograd/shape.ts";

export interface Generator {
  /** Uniform numbers in [0, 1): `rng(seed)`. */
  generator?: Random;
}

let shared = rng(0);

/**
 * Begins the shared generator again: what is drawn afterwards is determined by the seed.
 *
 * @example
 * manual_seed(1);
 * const first = init.uniform_(zeros([2]));
 * manual_seed(1);
 * init.uniform_(zeros([2])).eq(first) // tensor([1., 1.])
 */
export function manual_seed(seed: number): void {
  shared = rng(seed);
}

/** The given generator, or the shared one. */
export const generatorOf = ({ generator }: Generator): Random => generator ?? (() => shared());

function fill(tensor: Tensor, next: (i: number) => number): Tensor {
  return no_grad(() => {
    const values = tensor.like(0);
    for (let i = 0; i < values.size; i++) values.data[i] = next(i);
    return tensor.copy_(values);
  });
}

/**
 * Uniform between `a` and `b`.
 *
 * @example
 * init.uniform_(zeros([2]), -1, 1, { generator: rng(1) }) // tensor([ 0.2541, -0.9945])
 */
export function uniform_(tensor: Tensor, a = 0, b = 1, options: Generator = {}): Tensor {
  const next = generatorOf(options);
  return fill(tensor, () => a + (b - a) * next());
}

/** Normal, with this mean and deviation. */
export function normal_(tensor: Tensor, mean = 0, std = 1, options: Generator = {}): Tensor {
  const next = gauss(generatorOf(options));
  return fill(tensor, () => mean + std * next());
}

export function constant_(tensor: Tensor, value: number): Tensor {
  return fill(tensor, () => value);
}
export function zeros_(tensor: Tensor): Tensor {
  return constant_(tensor, 0);
}
export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

/**
 * The identity matrix.
 *
 * @example
 * init.eye_(zeros([2, 3])) // tensor([[1., 0., 0.], [0., 1., 0.]])
 */
export function eye_(tensor: Tensor): Tensor {
  const [, columns] = matrixShape(tensor);
  return fill(tensor, (i) => Number(Math.floor(i / columns) === i % columns));
}

export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "selu";

/**
 * By how much a layer must be larger so that signals keep their size through a nonlinearity.
 *
 * @example
 * init.calculate_gain("relu").toFixed(4) // "1.4142"
 * init.calculate_gain("leaky_relu", Math.sqrt(5)).toFixed(4) // "0.5774"
 */
export function calculate_gain(nonlinearity: Nonlinearity, param = 0.01): number {
  const gains = { linear: 1, sigmoid: 1, tanh: 5 / 3, relu: Math.SQRT2, selu: 3 / 4 };
  if (nonlinearity === "leaky_relu") return Math.sqrt(2 / (1 + param ** 2));
  const gain = gains[nonlinearity] as number | undefined;
  if (gain !== undefined) return gain;
  throw new RangeError(
    `Unsupported nonlinearity ${String(nonlinearity)}. ` +
      `Known: ${[...Object.keys(gains), "leaky_relu"].join(", ")}`,
  );
}

export interface XavierOptions extends Generator {
  gain?: number;
}

/**
 * Uniform, such that forward and backward signals keep their size: Glorot, Bengio (2010),
 * Understanding the difficulty of training deep feedforward neural networks.
 */
export function xavier_uniform_(tensor: Tensor, options: XavierOptions = {}): Tensor {
  const bound = Math.sqrt(3) * xavierDeviation(tensor, options);
  return uniform_(tensor, -bound, bound, options);
}

/** As `xavier_uniform_`, from a normal distribution. */
export function xavier_normal_(tensor: Tensor, options: XavierOptions = {}): Tensor {
  return normal_(tensor, 0, xavierDeviation(tensor, options), options);
}

function xavierDeviation(tensor: Tensor, { gain = 1 }: XavierOptions): number {
  const { fan_in, fan_out } = fans(tensor);
  return gain * Math.sqrt(2 / (fan_in + fan_out));
}

export interface KaimingOptions extends Generator {
  /** The slope of a leaky ReLU for negative values. */
  a?: number;
  /** Which signals keep their size: forward or backward ones. */
  mode?: "fan_in" | "fan_out";
  nonlinearity?: Nonlinearity;
}

/**
 * Uniform, such that signals keep their size through layers with (leaky) ReLU: He et al. (2015),
 * Delving Deep into Rectifiers.
 */
export function kaiming_uniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingDeviation(tensor, options);
  return uniform_(tensor, -bound, bound, options);
}

/** As `kaiming_uniform_`, from a normal distribution. */
export function kaiming_normal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  return normal_(tensor, 0, kaimingDeviation(tensor, options), options);
}

function kaimingDeviation(
  tensor: Tensor,
  { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" }: KaimingOptions,
): number {
  return calculate_gain(nonlinearity, a) / Math.sqrt(fans(tensor)[mode]);
}

/** How many numbers meet in one output, and how many outputs one number reaches. */
export function fans(tensor: Tensor): { fan_in: number; fan_out: number } {
  const [out, into] = matrixShape(tensor);
  const field = tensor.size / (out * into);
  return { fan_in: into * field, fan_out: out * field };
}

function matrixShape(tensor: Tensor): [number, number] {
  const [rows, columns] = tensor.shape;
  if (columns !== undefined) return [rows!, columns];
  throw new RangeError(
    `Fan in and fan out can not be computed for tensor with fewer than 2 dimensions: ` +
      showShape(tensor.shape),
  );
}
