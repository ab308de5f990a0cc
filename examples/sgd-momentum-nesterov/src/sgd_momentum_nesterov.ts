import { enable_grad, type Tensor, tensor } from "downhill/autograd";
import { type Given, Optimizer, type ParamGroup, type Params, ValueError } from "downhill/optim";
import { add_, type Data, mul_ } from "./lists.ts";

export interface SGDMomentumNesterovOptions {
  /** 学习率 · The length of a step, per unit of gradient. */
  lr: number;
  /** 动量：上一步还剩多少 · How much of the last step goes on; 0 keeps no buffer. */
  momentum: number;
  /** 阻尼：新梯度打几折，第一步除外 · What the momentum takes off new gradients, but the first. */
  dampening: number;
  weight_decay: number;
  /** 先看一步再走 · Steps from where the momentum is about to lead. */
  nesterov: boolean;
  /** 衰减作用在参数上（AdamW 式），而不是加进梯度（L2） · Shrinks the parameter, not the gradient. */
  decoupled_weight_decay: boolean;
  /** 上山而不是下山 · Climbs. */
  maximize: boolean;
  /** 一次处理全部参数 · All parameters at once, without a tensor for every intermediate result. */
  foreach: boolean;
  /** 让梯度穿过这一步（元学习，较慢） · Records the step, so that gradients flow through it. */
  differentiable: boolean;
}

const defaults: SGDMomentumNesterovOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weight_decay: 0,
  nesterov: false,
  decoupled_weight_decay: false,
  maximize: false,
  foreach: false,
  differentiable: false,
};

type Group = ParamGroup<SGDMomentumNesterovOptions>;

/**
 * SGD with momentum or Nesterov's, and weight decay of either kind. With coupled decay it has the
 * bits of PyTorch's SGD. State is made at a parameter's first gradient; `state_dict`, hooks,
 * schedulers and `GradScaler` work as for every optimizer.
 *
 * 带动量或 Nesterov 的 SGD，权重衰减两种都有。耦合衰减时与 PyTorch 的 SGD 逐位相同。
 *
 *     const opt = new SGDMomentumNesterov(model.parameters(), {
 *       lr: 1e-2, momentum: 0.9, nesterov: true, weight_decay: 1e-4, decoupled_weight_decay: true,
 *     });
 *
 * Errors: a negative lr, momentum or weight_decay; Nesterov without momentum or with dampening;
 * foreach together with differentiable; an option that does not exist.
 *
 * Source: Sutskever et al. (2013), On the importance of initialization and momentum in deep learning;
 * Loshchilov, Hutter (2019), Decoupled Weight Decay Regularization, arXiv:1711.05101.
 */
export class SGDMomentumNesterov extends Optimizer<SGDMomentumNesterovOptions> {
  constructor(
    params: Params<SGDMomentumNesterovOptions>,
    options: Given<SGDMomentumNesterovOptions> = {},
  ) {
    const all = { ...defaults, ...options } as SGDMomentumNesterovOptions;
    check(all);
    super(params, all);
  }

  protected override stepGroup(group: Group): void {
    const params = group.params.filter(({ grad }) => grad !== null);
    if (group.differentiable) {
      enable_grad(() => params.forEach((param) => param.become(this.#next(param, group))));
    } else if (group.foreach) {
      this.#stepTogether(params, group);
    } else {
      params.forEach((param) => param.copy_(this.#next(param, group)));
    }
  }

  /** Where the parameter goes; the buffer goes there at once. */
  #next(param: Tensor, group: Group): Tensor {
    const { momentum, dampening, weight_decay, nesterov, maximize } = group;
    const lr = group.lr as number | Tensor;
    // 可微时要接上计算图，否则只看数值 · Differentiable: with its history; else the numbers alone.
    let theta = group.differentiable ? param.alias() : param.detach();
    let g = maximize ? param.grad!.neg() : param.grad!;
    if (weight_decay !== 0) {
      if (group.decoupled_weight_decay) {
        const kept = typeof lr === "number" ? 1 - lr * weight_decay : lr.mul(-weight_decay).add(1);
        theta = theta.mul(kept);
      } else g = g.add(theta.mul(weight_decay));
    }
    if (momentum !== 0) {
      const state = this.#stateOf(param);
      const before = state.momentum_buffer;
      // 第一步：缓冲就是梯度本身，不打折 · At first the buffer is the gradient, undampened.
      const buffer = before ? before.mul(momentum).add(g.mul(1 - dampening)) : g.clone();
      state.momentum_buffer = buffer;
      g = nesterov ? g.add(buffer.mul(momentum)) : buffer;
    }
    return theta.sub(g.mul(lr));
  }

  /** The same operations in the same order, each on the plain numbers of all parameters. */
  #stepTogether(params: readonly Tensor[], group: Group): void {
    const { lr, momentum, dampening, weight_decay, nesterov, maximize } = group;
    const thetas = params.map(({ data }) => data);
    let g: readonly Data[] = params.map(({ grad }) => grad!.data.slice());
    if (maximize) mul_(g, -1);
    if (weight_decay !== 0) {
      if (group.decoupled_weight_decay) mul_(thetas, 1 - lr * weight_decay);
      else add_(g, thetas, weight_decay);
    }
    if (momentum !== 0) {
      const states = params.map((param) => this.#stateOf(param));
      const old = [...states.keys()].filter((i) => states[i]!.momentum_buffer !== undefined);
      const oldBuffers = old.map((i) => states[i]!.momentum_buffer!.data);
      mul_(oldBuffers, momentum);
      add_(oldBuffers, old.map((i) => g[i]!), 1 - dampening); // prettier-ignore
      states.forEach((state, i) => {
        const { shape, dtype } = params[i]!;
        state.momentum_buffer ??= tensor(g[i]!, { shape, dtype });
      });
      const buffers = states.map((state) => state.momentum_buffer!.data);
      if (nesterov) add_(g, buffers, momentum);
      else g = buffers;
    }
    add_(thetas, g, -lr);
    // 自动求导由此知道参数已变 · So autograd knows that the parameters have changed.
    for (const param of params) param.version++;
  }

  #stateOf(param: Tensor): { momentum_buffer?: Tensor } {
    const state = this.state.get(param) ?? {};
    this.state.set(param, state);
    return state as { momentum_buffer?: Tensor };
  }
}

function check(options: SGDMomentumNesterovOptions): void {
  const { momentum, dampening, nesterov, foreach, differentiable } = options;
  const odd = Object.keys(options).find((name) => !(name in defaults));
  if (odd !== undefined) {
    throw new TypeError(`unknown option: "${odd}". Known: ${Object.keys(defaults).join(", ")}`);
  }
  for (const name of ["lr", "momentum", "weight_decay"] as const) {
    if (Number(options[name]) < 0) throw new ValueError(`Invalid ${name} value: ${options[name]}`);
  }
  if (nesterov && (momentum <= 0 || dampening !== 0)) {
    throw new ValueError("Nesterov momentum requires a momentum and zero dampening");
  }
  if (foreach && differentiable) {
    throw new ValueError("foreach: it records nothing. Leave it out where differentiable is true");
  }
}
