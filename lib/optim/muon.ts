// Not a rule: the update of a matrix is made orthogonal as a whole, by products of matrices.
import { Tensor, zeros } from "../autograd/index.ts";
import { SparseTensor } from "../autograd/sparse.ts";
import { RuntimeError, ValueError } from "./errors.ts";
import { keywords } from "./keywords.ts";
import { lerp_ } from "./lerp.ts";
import {
  checkNewtonSchulz,
  type Coefficients,
  zeropower_via_newtonschulz,
} from "./muon/newton_schulz.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { checkOnHost } from "./param_groups.ts";
import { round } from "../kernels/reduce/cpu.ts";
import { should } from "./should.ts";

export interface MuonOptions {
  lr: number;
  /** Shrinks the parameter by `lr * weight_decay`, whatever `adjust_lr_fn` makes of lr. */
  weight_decay: number;
  momentum: number;
  nesterov: boolean;
  /** Of the Newton-Schulz iteration, as the next two. */
  ns_coefficients: Coefficients;
  /** The least norm that a matrix is divided by. */
  eps: number;
  ns_steps: number;
  /**
   * What lr is multiplied by for a matrix of A x B: null and "original", sqrt(max(1, A / B));
   * "match_rms_adamw", 0.2 sqrt(max(A, B)); "spectral_unclamped", sqrt(A / B).
   */
  adjust_lr_fn: string | null;
}

/**
 * Momentum whose update is made orthogonal: every direction that a matrix of weights can turn in
 * gets the same share. For the matrices inside a network; embeddings, heads and biases are left to
 * AdamW.
 *
 * Source: PyTorch 2.14.1, `torch.optim.Muon`.
 *
 * @example
 * const w = tensor([[1, 0], [0, 1]], { requires_grad: true });
 * const opt = new Muon([w], { lr: 0.1, weight_decay: 0 });
 * w.grad = tensor([[100, 0], [0, 1]]);
 * opt.step();
 * w // tensor([[0.9312, 0.0000], [0.0000, 0.9309]], requires_grad=true)
 */
export class Muon extends Optimizer<MuonOptions> {
  static readonly papers: readonly string[] = [
    "Jordan, Jin, Boza, You, Cesista, Newhouse, Bernstein (2024), Muon: An optimizer for hidden " +
      "layers in neural networks, https://kellerjordan.github.io/posts/muon/",
    "Liu et al. (2025), Muon is Scalable for LLM Training, arXiv:2502.16982 (match_rms_adamw)",
  ];
  static readonly defaults: MuonOptions = {
    lr: 1e-3,
    weight_decay: 0.1,
    momentum: 0.95,
    nesterov: true,
    ns_coefficients: [3.4445, -4.775, 2.0315],
    eps: 1e-7,
    ns_steps: 5,
    adjust_lr_fn: null,
  };

  constructor(params: Params<MuonOptions>, options: Partial<MuonOptions> = {}) {
    const all = keywords<MuonOptions>(options, Muon.defaults);
    const { lr, momentum, weight_decay, adjust_lr_fn } = all;
    should(lr >= 0, "Learning rate should be >= 0", lr);
    should(momentum >= 0, "momentum should be >= 0", momentum);
    should(weight_decay >= 0, "weight decay should be >= 0", weight_decay);
    if (adjust_lr_fn !== null) ratioOf(adjust_lr_fn);
    super(params, all);
    const other = this.param_groups
      .flatMap(({ params }) => params)
      .find(({ shape }) => shape.length !== 2);
    if (other === undefined) return;
    throw new ValueError(
      "Muon only supports 2D parameters whereas we found a parameter with size: " +
        `torch.Size([${other.shape.join(", ")}])`,
    );
  }

  protected override stepGroup(group: ParamGroup<MuonOptions>): void {
    const { lr, weight_decay, momentum, nesterov, ns_coefficients, eps, ns_steps } = group;
    checkOnHost("Muon", group.params);
    const params = group.params.filter(({ grad }) => grad !== null);
    if (params.some(({ grad }) => grad instanceof SparseTensor)) {
      throw new RuntimeError("Muon does not support sparse gradients");
    }
    for (const { shape } of params) checkNewtonSchulz(shape, ns_coefficients, ns_steps);
    for (const param of params) {
      const single = param.dtype === "float32";
      const decay = round(1 - lr * weight_decay, single);
      const size = round(-adjustLr(lr, group.adjust_lr_fn, param.shape), single);
      const buffer = this.#bufferOf(param);
      const update = new Tensor(param.grad!.data.slice(), param.shape);
      lerp_(buffer.data, update.data, 1 - momentum);
      if (nesterov) lerp_(update.data, buffer.data, momentum);
      const direction = nesterov ? update : buffer;
      const turned = zeropower_via_newtonschulz(direction, ns_coefficients, ns_steps, eps).data;
      const x = param.data;
      for (let i = 0; i < x.length; i++) {
        x[i] = round(x[i]! * decay, single) + round(size * turned[i]!, single);
      }
      param.version++;
    }
  }

  #bufferOf(param: Tensor): Tensor {
    const start = () => ({ momentum_buffer: zeros(param.shape, { dtype: param.dtype }) });
    const state = this.state.get(param) ?? start();
    this.state.set(param, state);
    return state.momentum_buffer as Tensor;
  }
}

const ratios: Readonly<Record<string, (rows: number, cols: number) => number>> = {
  original: (a, b) => Math.sqrt(Math.max(1, a / b)),
  match_rms_adamw: (a, b) => 0.2 * Math.sqrt(Math.max(a, b)),
  spectral_unclamped: (a, b) => Math.sqrt(a / b),
};

function ratioOf(name: string) {
  const ratio = Object.hasOwn(ratios, name) ? ratios[name] : undefined;
  if (ratio !== undefined) return ratio;
  throw new ValueError(`Adjust learning rate function ${name} is not supported`);
}

/** The learning rate for a matrix of this shape. */
export function adjustLr(
  lr: number,
  adjust_lr_fn: string | null,
  shape: readonly number[],
): number {
  const [rows, cols] = shape as [number, number];
  return lr * ratioOf(adjust_lr_fn ?? "original")(rows, cols);
}
