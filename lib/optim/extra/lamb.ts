import { type Tensor, zeros } from "../../autograd/index.ts";
import { refuse } from "../errors.ts";
import { Optimizer, type ParamGroup, type Params } from "../optimizer.ts";
import { checkBetas } from "../options.ts";

export interface LAMBOptions {
  lr: number;
  /** How long gradients and squared gradients are remembered. */
  betas: readonly number[];
  eps: number;
  weight_decay: number;
}

const defaults: LAMBOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-6, weight_decay: 0.01 };

const norm = (x: Tensor) => Math.sqrt(x.mul(x).sum().item());

/**
 * Adam for very large batches: each tensor's step is as long as lr times the tensor itself. By hand:
 * the lengths are sums over whole tensors.
 *
 * Source: You et al. (2020), Large Batch Optimization for Deep Learning: Training BERT in 76 minutes,
 * ICLR, arXiv:1904.00962.
 *
 * @example
 * const w = tensor([3, 4], { requires_grad: true });
 * const opt = new extra.LAMB([w], { lr: 0.1, weight_decay: 0 });
 * w.grad = tensor([7, 7]);
 * opt.step();
 * w // tensor([2.6464, 3.6464], requires_grad=true)
 */
export class LAMB extends Optimizer<LAMBOptions> {
  constructor(params: Params<LAMBOptions>, options: Partial<LAMBOptions> = {}) {
    const all = { ...defaults, ...options };
    refuse(!(all.lr >= 0), "learning rate", all.lr);
    refuse(!(all.eps >= 0), "epsilon value", all.eps);
    checkBetas(all.betas);
    refuse(!(all.weight_decay >= 0), "weight_decay value", all.weight_decay);
    super(params, all);
  }

  protected override stepGroup({ params, lr, betas, eps, weight_decay }: ParamGroup<LAMBOptions>) {
    const [beta1, beta2] = betas as [number, number];
    for (const param of params) {
      const g = param.peekGrad()?.detach();
      if (g === undefined) continue;
      const like = () => zeros(param.shape, { dtype: param.dtype });
      const state = this.state.get(param) ?? {
        step: zeros([]),
        exp_avg: like(),
        exp_avg_sq: like(),
      };
      this.state.set(param, state);
      const { step, exp_avg: m, exp_avg_sq: v } = state as Record<string, Tensor>;
      const t = step!.add_(1).item();
      m!.copy_(m!.mul(beta1).add(g.mul(1 - beta1)));
      v!.copy_(v!.mul(beta2).add(g.mul(1 - beta2).mul(g)));
      const mean = m!.div(1 - beta1 ** t);
      const update = mean
        .div(
          v!
            .div(1 - beta2 ** t)
            .sqrt()
            .add(eps),
        )
        .add(param.detach().mul(weight_decay));
      const [own, length] = [norm(param.detach()), norm(update)];
      const trust = own > 0 && length > 0 ? own / length : 1;
      param.sub_(update.mul(lr * trust));
    }
  }
}
