// Not a rule: norms of rows, of columns and of whole tensors decide how far each element moves.
import { type Data, type Dtype, type Shape, type Tensor, zeros } from "../autograd/index.ts";
import { SparseTensor } from "../autograd/sparse.ts";
import { pow } from "../kernels/index.ts";
import { float, RuntimeError } from "./errors.ts";
import { keywords } from "./keywords.ts";
import { lerp_ } from "./lerp.ts";
import { Optimizer, type ParamGroup, type Params, type State } from "./optimizer.ts";
import { checkOnHost } from "./param_groups.ts";
import { norm2, norm2Columns, rounding, sum } from "../kernels/reduce/cpu.ts";
import { should } from "./should.ts";

export interface AdafactorOptions {
  /** The most that a step may be, relative to the size of the parameter. */
  lr: number;
  /** Step t forgets `t ** beta2_decay` of the averages; 0 or less. */
  beta2_decay: number;
  /** Least root mean square of a gradient (null: the spacing of floats at 1) and of a parameter. */
  eps: readonly [eps1: number | null, eps2: number];
  /** The root mean square of an update is clipped to this. */
  d: number;
  weight_decay: number;
  /** All parameters in one kernel; here the loop is always over parameters. */
  foreach: boolean | null;
  /** Climbs instead of descending. */
  maximize: boolean;
}

/** Averages of squared gradients: of rows and columns of a matrix, of the elements of a vector. */
interface AdafactorState {
  step: Tensor;
  row_var?: Tensor;
  col_var?: Tensor;
  variance?: Tensor;
}

/**
 * Adam's division by the root mean square of gradients, for a matrix from the averages of its rows
 * and columns alone: state of n + m numbers instead of n * m. Steps are relative to the size of the
 * parameter, and clipped where the averages lag behind. There is no momentum.
 *
 * Source: PyTorch 2.14.1, `torch.optim.Adafactor`.
 *
 * @example
 * const w = tensor([[3, 4], [0, 5]], { requires_grad: true });
 * const opt = new Adafactor([w], { lr: 0.1 });
 * w.grad = tensor([[1, 2], [3, 6]]);
 * opt.step();
 * w // tensor([[2.6464, 3.6464], [-0.3536, 4.6464]], requires_grad=true)
 * opt.state.get(w).row_var.shape // [2, 1]
 */
export class Adafactor extends Optimizer<AdafactorOptions> {
  static readonly papers: readonly string[] = [
    "Shazeer, Stern (2018), Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, ICML, " +
      "arXiv:1804.04235 (algorithms 4 and 5; PyTorch's averages start at 0 and its lr caps rho)",
  ];
  static readonly defaults: AdafactorOptions = {
    lr: 1e-2,
    beta2_decay: -0.8,
    eps: [null, 1e-3],
    d: 1,
    weight_decay: 0,
    foreach: null,
    maximize: false,
  };

  constructor(params: Params<AdafactorOptions>, options: Partial<AdafactorOptions> = {}) {
    const all = keywords<AdafactorOptions>(options, Adafactor.defaults);
    const { lr, beta2_decay, d, weight_decay } = all;
    const [eps1, eps2] = [all.eps[0] ?? 0, all.eps[1]];
    should(lr >= 0, "Learning rate should be >= 0", lr);
    should(beta2_decay <= 0, "beta2_decay should be <= 0", beta2_decay);
    should(eps1 >= 0, "epsilon1 should be >= 0", float(eps1));
    should(eps2 >= 0, "epsilon2 should be >= 0", float(eps2));
    should(d >= 1, "Clipping threshold d should be >= 1", d);
    should(weight_decay >= 0, "weight_decay should be >= 0", weight_decay);
    super(params, all);
  }

  protected override stepGroup(group: ParamGroup<AdafactorOptions>): void {
    checkOnHost("Adafactor", group.params);
    const params = group.params.filter(({ grad }) => grad !== null);
    if (params.some(({ grad }) => grad instanceof SparseTensor)) {
      throw new RuntimeError("Adafactor does not support sparse gradients");
    }
    let [eps1, eps2] = group.eps;
    for (const param of params) {
      // The first parameter decides for all that follow, as in PyTorch.
      eps1 ??= spacing[param.dtype];
      const g = group.maximize ? param.grad!.data.map((g) => -g) : param.grad!.data;
      update(param, g, this.#stateOf(param), { ...group, eps: [eps1, eps2] });
      param.version++;
    }
  }

  #stateOf(param: Tensor): AdafactorState {
    const { shape, dtype } = param;
    const state = this.state.get(param) ?? { step: zeros([]), ...averages(shape, dtype) };
    this.state.set(param, state);
    return state as unknown as AdafactorState;
  }
}

/** Zeros, one for each average. Dimensions before the last two are as many separate matrices. */
function averages(shape: Shape, dtype: Dtype): State {
  const [rows, cols] = shape.slice(-2);
  if (rows === undefined || cols === undefined) return { variance: zeros(shape, { dtype }) };
  const others = shape.slice(0, -2);
  return {
    row_var: zeros([...others, rows, 1], { dtype }),
    col_var: zeros([...others, 1, cols], { dtype }),
  };
}

/** Between 1 and the next larger number. */
const spacing: Record<Dtype, number> = {
  float16: 2 ** -10,
  float32: 2 ** -23,
  float64: 2 ** -52,
};

interface Settings extends AdafactorOptions {
  eps: readonly [eps1: number, eps2: number];
}

/** One step. Storing into an array rounds to its type, so each statement is one operation. */
function update(param: Tensor, g: Data, state: AdafactorState, settings: Settings): void {
  const { lr, beta2_decay, d, weight_decay } = settings;
  const [eps1, eps2] = settings.eps;
  const R = rounding(param.dtype);
  const x = param.data;
  const root = Math.sqrt(x.length);
  const step = ++state.step.data[0]!;
  const forget = pow(step, beta2_decay);
  const rho = Math.min(lr, 1 / Math.sqrt(step));
  const alpha = larger(eps2, norm2(x) / root) * rho;

  const u = meanSquares(param, g, state, forget, eps1);
  const least = R(eps1 * eps1);
  for (let i = 0; i < u.length; i++) {
    u[i] = Math.sqrt(Math.max(u[i]!, least));
    u[i] = 1 / u[i]!;
    u[i]! *= g[i]!;
  }
  const clip = larger(1, norm2(u) / (root * d));
  const decay = R(1 - lr * weight_decay);
  const size = R(-alpha / clip);
  for (let i = 0; i < x.length; i++) {
    if (weight_decay !== 0) x[i]! *= decay;
    u[i]! *= size;
    x[i]! += u[i]!;
  }
}

/** Python's `max`: NaN does not win. */
const larger = (a: number, b: number) => (b > a ? b : a);

/** What the averages say about the mean square of each element of the gradient. */
function meanSquares(
  { shape, dtype }: Tensor,
  g: Data,
  { row_var, col_var, variance }: AdafactorState,
  forget: number,
  eps1: number,
): Data {
  const R = rounding(dtype);
  if (variance !== undefined) {
    const squares = g.map((g) => g * g);
    lerp_(variance.data, squares, forget);
    return variance.data.slice();
  }
  const [rowVar, colVar] = [row_var!.data, col_var!.data];
  const [rows, cols] = shape.slice(-2) as [number, number];
  const estimate = g.slice();
  const squared = (norm: number, count: number) => R(R(norm * norm) / count);
  for (let at = 0; at < g.length; at += rows * cols) {
    const matrix = g.subarray(at, at + rows * cols);
    const row = rowVar.subarray(at / cols, at / cols + rows);
    const col = colVar.subarray(at / rows, at / rows + cols);
    const rowMeans = row.map((_, i) => squared(norm2(matrix, i * cols, cols), cols));
    const colMeans = norm2Columns(matrix, cols).map((norm) => squared(norm, rows));
    lerp_(row, rowMeans, forget);
    lerp_(col, colMeans, forget);
    const mean = Math.max(R(sum(row) / rows), R(eps1));
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        const k = at + i * cols + j;
        estimate[k] = row[i]! * col[j]!;
        estimate[k]! /= mean;
      }
    }
  }
  return estimate;
}
