// Not a rule: the gradient lists rows, perhaps twice; rows that it does not list stay untouched.
import { type Tensor, zeros } from "../autograd/index.ts";
import { SparseTensor } from "../autograd/sparse.ts";
import { pow } from "../kernels/index.ts";
import { refuse, RuntimeError, ValueError } from "./errors.ts";
import { keywords } from "./keywords.ts";
import { checkBetas } from "./options.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { checkOnHost } from "./param_groups.ts";
import { rounding } from "../kernels/reduce/cpu.ts";

export interface SparseAdamOptions {
  lr: number;
  /** How long gradients and squared gradients are remembered. */
  betas: readonly number[];
  eps: number;
  /** Climbs instead of descending. */
  maximize: boolean;
}

interface SparseAdamState {
  /** A plain number here, as in PyTorch; it also counts gradients that list nothing. */
  step: number;
  exp_avg: Tensor;
  exp_avg_sq: Tensor;
}

/**
 * Adam for gradients that list the rows they touch, such as those of an embedding. Where the
 * gradient lists nothing, nothing happens: averages do not fade and the parameter does not drift,
 * which is what Adam would do with a gradient of 0.
 *
 * Source: PyTorch 2.14.1, `torch.optim.SparseAdam`; for dense gradients see `Adam`.
 *
 * @example
 * const w = tensor([[1, 1], [1, 1]], { requires_grad: true });
 * const opt = new SparseAdam([w], { lr: 0.1 });
 * w.grad = sparse_coo_tensor([[1]], [[100, 0.01]], [2, 2]);
 * opt.step();
 * w // tensor([[1.0000, 1.0000], [0.9000, 0.9000]], requires_grad=true)
 */
export class SparseAdam extends Optimizer<SparseAdamOptions> {
  static readonly papers: readonly string[] = [
    "Kingma, Ba (2015), Adam: A Method for Stochastic Optimization, ICLR, arXiv:1412.6980 " +
      "(here only the listed entries of average and parameter move)",
  ];
  static readonly defaults: SparseAdamOptions = {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    maximize: false,
  };

  constructor(params: Params<SparseAdamOptions>, options: Partial<SparseAdamOptions> = {}) {
    const all = keywords<SparseAdamOptions>(options, SparseAdam.defaults);
    refuse(!(all.lr > 0), "learning rate", all.lr);
    refuse(!(all.eps > 0), "epsilon value", all.eps);
    checkBetas(all.betas);
    super(params, all);
    const sparse = this.param_groups.flatMap(({ params }, group) =>
      params.flatMap((param, i) => (param instanceof SparseTensor ? [`[${group}, ${i}]`] : [])),
    );
    if (sparse.length > 0) {
      throw new ValueError(
        `Sparse params at indices [${sparse.join(", ")}]: ` +
          "SparseAdam requires dense parameter tensors",
      );
    }
  }

  protected override stepGroup(group: ParamGroup<SparseAdamOptions>): void {
    checkOnHost("SparseAdam", group.params);
    const params = group.params.filter(({ grad }) => grad !== null);
    if (!params.every(({ grad }) => grad instanceof SparseTensor)) {
      throw new RuntimeError(
        "SparseAdam does not support dense gradients, please consider Adam instead",
      );
    }
    for (const param of params) {
      const state = this.#stateOf(param);
      state.step++;
      update(param, (param.grad as SparseTensor).coalesce(), state, group);
      param.version++;
    }
  }

  #stateOf(param: Tensor): SparseAdamState {
    const start = () => zeros(param.shape, { dtype: param.dtype });
    const state = this.state.get(param) ?? { step: 0, exp_avg: start(), exp_avg_sq: start() };
    this.state.set(param, state);
    return state as unknown as SparseAdamState;
  }
}

/** Adam on the elements that the gradient lists. Storing into an array rounds. */
function update(
  param: Tensor,
  grad: SparseTensor,
  { step, exp_avg, exp_avg_sq }: SparseAdamState,
  { lr, betas: [beta1 = NaN, beta2 = NaN], eps, maximize }: SparseAdamOptions,
): void {
  const R = rounding(param.dtype);
  const [x, m, v] = [param.data, exp_avg.data, exp_avg_sq.data];
  const [new1, new2, epsilon] = [R(1 - beta1), R(1 - beta2), R(eps)];
  const corrected = (lr * Math.sqrt(1 - pow(beta2, step))) / (1 - pow(beta1, step));
  const stepSize = R(-corrected);
  const values = grad.values.data;
  const { offsets } = grad;
  const length = values.length / offsets.length;
  offsets.forEach((offset, entry) => {
    for (let j = 0; j < length; j++) {
      const i = offset + j;
      const g = maximize ? -values[entry * length + j]! : values[entry * length + j]!;
      m[i]! += R(R(g - m[i]!) * new1);
      v[i]! += R(R(R(g * g) - v[i]!) * new2);
      const denominator = R(R(Math.sqrt(v[i]!)) + epsilon);
      x[i]! += R(stepSize * R(m[i]! / denominator));
    }
  });
}
