/** Layers without parameters, for use in `Sequential`. */
import type { Tensor } from "../autograd/index.ts";
import * as functional from "./functional.ts";
import { type Generator, generatorOf } from "./init.ts";
import { Module } from "./module.ts";

export class Identity extends Module {
  override forward(input: Tensor): Tensor {
    return input;
  }
}
export class ReLU extends Module {
  override forward(input: Tensor): Tensor {
    return input.relu();
  }
}
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return input.tanh();
  }
}
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return input.sigmoid();
  }
}
export class SiLU extends Module {
  override forward(input: Tensor): Tensor {
    return functional.silu(input);
  }
}

/**
 * See `functional.gelu`.
 *
 * @example
 * new GELU().forward(tensor([1])) // tensor([0.8413])
 */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  constructor({ approximate = "none" }: { approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = approximate;
  }
  override forward(input: Tensor): Tensor {
    return functional.gelu(input, this);
  }
  protected override extra_repr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/**
 * See `functional.leaky_relu`.
 *
 * @example
 * new LeakyReLU(0.5).forward(tensor([-1])) // tensor([-0.5000])
 */
export class LeakyReLU extends Module {
  readonly negative_slope: number;

  constructor(negative_slope = 0.01) {
    super();
    this.negative_slope = negative_slope;
  }
  override forward(input: Tensor): Tensor {
    return functional.leaky_relu(input, this.negative_slope);
  }
  protected override extra_repr(): string {
    return `negative_slope=${this.negative_slope}`;
  }
}

abstract class AlongDimension extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }
  protected override extra_repr(): string {
    return `dim=${this.dim}`;
  }
}

export class Softmax extends AlongDimension {
  override forward(input: Tensor): Tensor {
    return input.softmax(this.dim);
  }
}
export class LogSoftmax extends AlongDimension {
  override forward(input: Tensor): Tensor {
    return input.log_softmax(this.dim);
  }
}

/** All dimensions after the first as one. */
export class Flatten extends Module {
  override forward(input: Tensor): Tensor {
    return input.flatten(1);
  }
}

/**
 * In training, sets elements to 0 with probability p; after `eval()` it does nothing.
 *
 * @example
 * const layer = new Dropout(0.5, { generator: rng(1) });
 * layer.forward(ones([4])) // tensor([2., 0., 2., 2.])
 * layer.eval().forward(ones([4])) // tensor([1., 1., 1., 1.])
 */
export class Dropout extends Module {
  readonly p: number;
  readonly generator: () => number;

  constructor(p = 0.5, options: Generator = {}) {
    super();
    this.p = p;
    this.generator = generatorOf(options);
  }
  override forward(input: Tensor): Tensor {
    return functional.dropout(input, this);
  }
  protected override extra_repr(): string {
    return `p=${this.p}`;
  }
}
