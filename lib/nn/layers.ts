/** Layers that learn: PyTorch's `Linear` and `Embedding`, and `Sequential` to line them up. */
import { type Dtype, type Indices, type Tensor, zeros } from "../autograd/index.ts";
import * as functional from "./functional.ts";
import { fans, type Generator, kaiming_uniform_, normal_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";

export interface LayerOptions extends Generator {
  dtype?: Dtype;
}

export interface LinearOptions extends LayerOptions {
  /** Whether a bias is added. By default true. */
  bias?: boolean;
}

/**
 * x · weightᵀ + bias. `weight` [out_features, in_features] begins as `kaiming_uniform_` with a = √5,
 * which is uniform within ±1/√in_features, and `bias` [out_features] within the same.
 *
 * @example
 * const layer = new Linear(2, 3, { generator: rng(1) });
 * layer // Linear(in_features=2, out_features=3, bias=true)
 * layer.forward(tensor([[1, 2]])).shape // [1, 3]
 */
export class Linear extends Module {
  readonly in_features: number;
  readonly out_features: number;
  weight: Tensor;
  bias: Tensor | null;

  constructor(in_features: number, out_features: number, options: LinearOptions = {}) {
    super();
    const { bias = true, dtype } = options;
    this.in_features = in_features;
    this.out_features = out_features;
    const made = { requires_grad: true, ...(dtype && { dtype }) };
    this.weight = zeros([out_features, in_features], made);
    this.bias = bias ? zeros([out_features], made) : null;
    this.reset_parameters(options);
  }

  /** Draws weight and bias anew. */
  reset_parameters(options: Generator = {}): void {
    kaiming_uniform_(this.weight, { ...options, a: Math.sqrt(5) });
    const { fan_in } = fans(this.weight);
    const bound = fan_in > 0 ? 1 / Math.sqrt(fan_in) : 0;
    if (this.bias !== null) uniform_(this.bias, -bound, bound, options);
  }

  override forward(input: Tensor): Tensor {
    return functional.linear(input, this.weight, this.bias);
  }

  protected override extra_repr(): string {
    const { in_features, out_features, bias } = this;
    return `in_features=${in_features}, out_features=${out_features}, bias=${bias !== null}`;
  }
}

export interface EmbeddingOptions extends LayerOptions, functional.EmbeddingCall {}

/**
 * A row of numbers for each of `num_embeddings` things. `weight` [num_embeddings, embedding_dim]
 * begins normal, with zeros in the row `padding_idx`.
 *
 * @example
 * const words = new Embedding(1000, 4, { sparse: true });
 * words.forward([3, 1]).sum().backward();
 * words.weight.grad.indices // [Int32Array(2) [ 3, 1 ]]
 */
export class Embedding extends Module {
  readonly num_embeddings: number;
  readonly embedding_dim: number;
  readonly padding_idx: number | null;
  readonly sparse: boolean;
  weight: Tensor;

  constructor(num_embeddings: number, embedding_dim: number, options: EmbeddingOptions = {}) {
    super();
    const { padding_idx = null, sparse = false, dtype } = options;
    if (padding_idx !== null && !(Math.abs(padding_idx + 0.5) < num_embeddings)) {
      throw new RangeError(
        `padding_idx: ${padding_idx}. Padding_idx must be within num_embeddings: ${num_embeddings}`,
      );
    }
    this.num_embeddings = num_embeddings;
    this.embedding_dim = embedding_dim;
    this.padding_idx =
      padding_idx !== null && padding_idx < 0 ? padding_idx + num_embeddings : padding_idx;
    this.sparse = sparse;
    const made = { requires_grad: true, ...(dtype && { dtype }) };
    this.weight = zeros([num_embeddings, embedding_dim], made);
    this.reset_parameters(options);
  }

  /** Draws the rows anew. */
  reset_parameters(options: Generator = {}): void {
    normal_(this.weight, 0, 1, options);
    if (this.padding_idx === null) return;
    const start = this.padding_idx * this.embedding_dim;
    this.weight.data.fill(0, start, start + this.embedding_dim);
  }

  override forward(input: Indices): Tensor {
    return functional.embedding(input, this.weight, this);
  }

  protected override extra_repr(): string {
    const padding = this.padding_idx === null ? "" : `, padding_idx=${this.padding_idx}`;
    return `${this.num_embeddings}, ${this.embedding_dim}${padding}`;
  }
}

/** What can stand in a row: a module from one tensor to one tensor. */
type Step = Module & { forward(input: Tensor): Tensor };

/**
 * Modules one after the other, each fed with the result of the one before. Its children are `[0]`,
 * `[1]`, ...
 *
 * @example
 * const model = new Sequential(new Linear(2, 2, { generator: rng(1) }), new ReLU());
 * model.forward(tensor([1, 2])).shape // [2]
 * model[1] // ReLU()
 */
export class Sequential extends Module {
  [place: number]: Module;
  length: number;

  constructor(...modules: Step[]) {
    super();
    modules.forEach((module, i) => (this[i] = module));
    this.length = modules.length;
  }

  override forward(input: Tensor): Tensor {
    return (this.children() as Step[]).reduce((x, module) => module.forward(x), input);
  }
}
