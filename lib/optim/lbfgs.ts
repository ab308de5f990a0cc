// Not a rule: all parameters are one vector; its inner products and a line search decide the step.
import { type Data, enable_grad, Tensor, tensor } from "../autograd/index.ts";
import { SparseTensor } from "../autograd/sparse.ts";
import { IndexError, refuse, RuntimeError, ValueError } from "./errors.ts";
import { keywords } from "./keywords.ts";
import { addScaled, direction, type Memory, recall, remember, vector } from "./lbfgs/memory.ts";
import { div, min, mul, scalar, type Scalar, valueOf } from "./lbfgs/scalar.ts";
import { type Point, strongWolfe } from "./lbfgs/strong_wolfe.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { checkOnHost } from "./param_groups.ts";
import { absMax, dot, computedIn, rounding, sum } from "../kernels/reduce/cpu.ts";

export interface LBFGSOptions {
  /** The step length, or with a line search its first guess. */
  lr: number;
  /** Iterations in one `step`. */
  max_iter: number;
  /** Calls of the closure in one `step`; null stands for 5/4 of `max_iter`. */
  max_eval: number | null;
  /** Ends when no element of the gradient is larger. */
  tolerance_grad: number;
  /** Ends when neither the parameters nor the loss change by more. */
  tolerance_change: number;
  /** How many earlier steps are remembered. */
  history_size: number;
  /** "strong_wolfe", or null for steps of length `lr`. */
  line_search_fn: string | null;
  /** Climbs instead of descending. */
  maximize: boolean;
}

/** Kept with the first parameter, for all of them. */
interface LBFGSState extends Partial<Memory> {
  func_evals: number;
  n_iter: number;
  /** Room for the coefficients of the two-loop recursion. */
  al?: (Tensor | null)[];
}

/**
 * Limited-memory BFGS: from the last steps and what they did to the gradient it learns how the loss
 * bends, and goes where a parabola that bends so has its bottom. One `step` is several iterations;
 * each calls the closure, which must clear the gradients, compute the loss, call `backward` and
 * return the loss.
 *
 * Source: PyTorch 2.14.1, `torch.optim.LBFGS`.
 *
 * @example
 * const w = tensor([-3, 5], { requires_grad: true });
 * const opt = new LBFGS([w], { line_search_fn: "strong_wolfe" });
 * const loss = opt.step(() => {
 *   opt.zero_grad();
 *   const loss = w.sub(tensor([1, 2])).pow(2).mul(tensor([1, 50])).sum();
 *   loss.backward();
 *   return loss;
 * });
 * loss.item() // 466
 * w // tensor([1.0000, 2.0000], requires_grad=true)
 */
export class LBFGS extends Optimizer<LBFGSOptions> {
  static readonly papers: readonly string[] = [
    "Liu, Nocedal (1989), On the limited memory BFGS method for large scale optimization, " +
      "Mathematical Programming 45, doi:10.1007/BF01589116",
    "Nocedal, Wright (2006), Numerical Optimization, 2nd edition, algorithms 3.5, 3.6, 7.4, 7.5",
  ];
  static readonly defaults: LBFGSOptions = {
    lr: 1,
    max_iter: 20,
    max_eval: null,
    tolerance_grad: 1e-7,
    tolerance_change: 1e-9,
    history_size: 100,
    line_search_fn: null,
    maximize: false,
  };

  /** The closure of the current `step`: what it returned, and how to call it again. */
  #closure = { loss: NaN, again: () => NaN };

  constructor(params: Params<LBFGSOptions>, options: Partial<LBFGSOptions> = {}) {
    const all = keywords<LBFGSOptions>(options, LBFGS.defaults);
    refuse(!(all.lr >= 0), "learning rate", all.lr);
    super(params, { ...all, max_eval: all.max_eval ?? Math.floor((all.max_iter * 5) / 4) });
    if (this.param_groups.length !== 1) {
      throw new ValueError("LBFGS doesn't support per-parameter options (parameter groups)");
    }
  }

  override step(): never;
  override step<T>(closure: () => T): T;
  override step<T>(closure?: () => T): T {
    if (closure === undefined) {
      throw new TypeError("LBFGS.step() missing 1 required positional argument: 'closure'");
    }
    const { maximize, line_search_fn } = this.param_groups[0]!;
    if (line_search_fn !== null && line_search_fn !== "strong_wolfe") {
      throw new RuntimeError("only 'strong_wolfe' is supported");
    }
    const minimised = (loss: unknown) => (maximize ? -numberOf(loss) : numberOf(loss));
    return super.step(() => {
      const loss = closure();
      this.#closure = {
        loss: minimised(loss),
        again: () => minimised(enable_grad(closure)),
      };
      return loss;
    });
  }

  protected override stepGroup(group: ParamGroup<LBFGSOptions>): void {
    const { params, lr, max_iter, max_eval, tolerance_change, history_size } = group;
    checkOnHost("LBFGS", params);
    const state = this.#state(params);
    let loss = this.#closure.loss;
    let gradient = flatGradient(group);
    const most = max_eval ?? Infinity;
    let evaluations = 1;
    const count = (calls: number) => {
      evaluations += calls;
      state.func_evals += calls;
    };
    state.func_evals++;

    const dtype = computedIn(gradient);
    const R = rounding(dtype);
    const optimal = () => absMax(gradient) <= R(group.tolerance_grad);
    if (optimal()) return;

    let memory = recall(state);
    for (let n_iter = 1; n_iter <= max_iter; n_iter++) {
      state.n_iter++;
      let d: Data;
      let t: Scalar = lr;
      if (memory === null) {
        d = gradient.map((g) => -g);
        t = mul(min(1, div(1, scalar(sum(gradient.map(Math.abs)), dtype))), lr);
      } else {
        remember(memory, gradient, history_size);
        state.al ??= new Array<null>(history_size).fill(null);
        d = direction(memory, gradient, state.al);
      }
      const { old_dirs = [], old_stps = [], ro = [], H_diag = 1 }: Partial<Memory> = memory ?? {};
      const last = { prev_flat_grad: vector(gradient), prev_loss: loss };
      memory = { d: vector(d), t, old_dirs, old_stps, ro, H_diag, ...last };

      const gtd = dot(gradient, d);
      if (gtd > R(-tolerance_change)) break;
      if (group.line_search_fn === null) {
        move(params, t, d);
        if (n_iter === max_iter) break;
        loss = this.#closure.again();
        gradient = flatGradient(group);
        count(1);
      } else {
        const start: Point = { t: 0, f: loss, g: gradient, gtd: scalar(gtd, dtype) };
        const probe = (t: Scalar) => this.#probe(group, t, d);
        const { found, calls } = strongWolfe(probe, t, d, start, most - evaluations);
        ({ f: loss, g: gradient, t } = found);
        move(params, t, d);
        memory.t = t;
        count(calls);
      }

      const length = R(valueOf(t));
      if (evaluations >= most || optimal()) break;
      if (absMax(d.map((x) => x * length)) <= R(tolerance_change)) break;
      if (Math.abs(loss - memory.prev_loss) < tolerance_change) break;
    }
    Object.assign(state, memory);
  }

  /** Loss and gradient a step of length `t` along `d` away. The parameters stay where they are. */
  #probe(group: ParamGroup<LBFGSOptions>, t: Scalar, d: Data): Point {
    const before = group.params.map(({ data }) => data.slice());
    move(group.params, t, d);
    try {
      const f = this.#closure.again();
      const g = flatGradient(group);
      return { t, f, g, gtd: scalar(dot(g, d), computedIn(g)) };
    } finally {
      group.params.forEach((param, i) => {
        param.data.set(before[i]!);
        param.version++;
      });
    }
  }

  /** The lists in this state are copied as its tensors are. */
  protected override stateLoaded(): void {
    for (const [{ dtype }, state] of this.state) {
      const copy = (value: unknown) =>
        value instanceof Tensor ? tensor(value.data, { shape: value.shape, dtype }) : value;
      for (const [name, value] of Object.entries(state)) {
        if (Array.isArray(value)) Object.assign(state, { [name]: value.map(copy) });
      }
    }
  }

  #state([first]: readonly Tensor[]): LBFGSState {
    if (first === undefined) throw new IndexError("list index out of range: no parameters");
    const state = this.state.get(first) ?? { func_evals: 0, n_iter: 0 };
    this.state.set(first, state);
    return state as unknown as LBFGSState;
  }
}

/** All gradients one after the other; zeros where a parameter has none. */
function flatGradient({ params, maximize }: ParamGroup<LBFGSOptions>): Data {
  const size = params.reduce((total, param) => total + param.size, 0);
  const double = params.some(({ dtype }) => dtype === "float64");
  const flat = double ? new Float64Array(size) : new Float32Array(size);
  let offset = 0;
  for (const { grad, size } of params) {
    if (grad !== null)
      flat.set((grad instanceof SparseTensor ? grad.to_dense() : grad).data, offset);
    offset += size;
  }
  return maximize ? flat.map((g) => -g) : flat;
}

/** Adds `t * d` to the parameters, each of which takes its part of `d`. */
function move(params: readonly Tensor[], t: Scalar, d: Data): void {
  const length = rounding(computedIn(d))(valueOf(t));
  let offset = 0;
  for (const param of params) {
    addScaled(param.data, length, d.subarray(offset, offset + param.size));
    offset += param.size;
    param.version++;
  }
}

function numberOf(loss: unknown): number {
  if (typeof loss === "number") return loss;
  if (loss instanceof Tensor) return loss.item();
  throw new TypeError(
    `closure: it returned ${String(loss)}. ` +
      "LBFGS needs the loss, a number or a tensor of one element",
  );
}
