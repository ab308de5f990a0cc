/** `node dist/self_check.js`: whether the optimizer does what it says. 自检：说到是否做到。 */
import { type Tensor, tensor } from "downhill/autograd";
import { clip_grad_norm_, GradScaler, lr_scheduler, type Optimizer, SGD } from "downhill/optim";
import { SGDMomentumNesterovRule } from "./rule.ts";
import { SGDMomentumNesterov, type SGDMomentumNesterovOptions } from "./sgd_momentum_nesterov.ts";

type Make = (params: Tensor[], options: Partial<SGDMomentumNesterovOptions>) => Optimizer<object>;

/** The optimizer, read in four ways. */
const readings: Record<string, Make> = {
  "for-loop": (p, o) => new SGDMomentumNesterov(p, o),
  foreach: (p, o) => new SGDMomentumNesterov(p, { ...o, foreach: true }),
  differentiable: (p, o) => new SGDMomentumNesterov(p, { ...o, differentiable: true }),
  rule: (p, o) => new SGDMomentumNesterovRule(p, o),
};
const sgd: Make = (p, o) => new SGD(p, o);

const settings: Partial<SGDMomentumNesterovOptions>[] = [
  { lr: 0.1 },
  { lr: 0.1, momentum: 0.9 },
  { lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 0.01 },
];

/** Two parameters on a bumpy slope. The differentiable reading moves no leaf, so none is one here. */
function start(): Tensor[] {
  const leaves = [tensor([1, -2, 3]), tensor([[0.5, -0.25]], { dtype: "float64" })];
  return leaves.map((leaf) => leaf.clone());
}

function slope(param: Tensor, step: number): Tensor {
  return param.detach().mul(0.7).add(Math.sin(step)).to(param.dtype);
}

function run(opt: Optimizer<object>, params: Tensor[], from: number, to: number): Tensor[] {
  for (let step = from; step < to; step++) {
    for (const param of params) param.grad = slope(param, step);
    opt.step();
  }
  return params;
}

function walk(make: Make, options: Partial<SGDMomentumNesterovOptions>): Tensor[] {
  const params = start();
  return run(make(params, options), params, 0, 20);
}

const sameBits = (a: readonly Tensor[], b: readonly Tensor[]) =>
  a.every((x, i) => x.data.every((value, j) => Object.is(value, b[i]!.data[j])));
const throws = (fn: () => unknown, message: RegExp) => {
  try {
    fn();
    return false;
  } catch (error) {
    return error instanceof Error && message.test(error.message);
  }
};

const checks: [name: string, holds: () => boolean][] = [
  ...Object.entries(readings).map(([name, make]): [string, () => boolean] => [
    `${name}: the bits of PyTorch's SGD · 与 PyTorch 的 SGD 逐位相同`,
    () => settings.every((options) => sameBits(walk(make, options), walk(sgd, options))),
  ]),
  [
    "decoupled decay: all readings agree, and it is not L2 · 解耦衰减：四种写法一致，且不同于 L2",
    () => {
      const options = { lr: 0.05, momentum: 0.9, weight_decay: 0.1 };
      const decoupled = { ...options, decoupled_weight_decay: true };
      const [first, ...others] = Object.values(readings).map((make) => walk(make, decoupled));
      const coupled = walk(readings["for-loop"]!, options);
      return others.every((other) => sameBits(first!, other)) && !sameBits(first!, coupled);
    },
  ],
  [
    "state: none before the first gradient; saved and loaded, training goes on · 延迟状态，存取后继续",
    () => {
      const options = { lr: 0.1, momentum: 0.9, nesterov: true };
      const params = start();
      const opt = new SGDMomentumNesterov(params, options);
      const lazy = opt.state.size === 0;
      run(opt, params, 0, 10);
      const copies = params.map((param) => param.detach().clone());
      const other = new SGDMomentumNesterov(copies);
      other.load_state_dict(opt.state_dict());
      return lazy && sameBits(run(other, copies, 10, 20), run(opt, params, 10, 20));
    },
  ],
  [
    "GradScaler: the same steps, and none where a gradient overflows · 混合精度：步子相同，溢出则跳过",
    () => {
      const w = tensor([1, 2], { requires_grad: true });
      const opt = new SGDMomentumNesterov([w], { lr: 0.25, momentum: 0.9 });
      const scaler = new GradScaler({ init_scale: 1024 });
      const step = (factor: number) => {
        opt.zero_grad();
        scaler.scale(w.mul(w).sum().mul(factor)).backward();
        scaler.unscale_(opt);
        clip_grad_norm_([w], 100);
        scaler.step(opt);
        scaler.update();
        return w.tolist() as number[];
      };
      const [first, skipped] = [step(1), step(1e38)];
      return String(first) === "0.5,1" && String(skipped) === "0.5,1" && scaler.get_scale() === 512;
    },
  ],
  [
    "differentiable: d loss₁₀ / d lr = -10 (1 - lr)¹⁹ on x²/2 · 可微：对学习率的导数与公式一致",
    () => {
      const lr = tensor(0.1, { dtype: "float64", requires_grad: true });
      const x = tensor([1], { dtype: "float64", requires_grad: true }).clone();
      const opt = new SGDMomentumNesterov([x], { lr, differentiable: true });
      for (let step = 0; step < 10; step++) {
        x.grad = x.alias();
        opt.step();
      }
      x.mul(x).mul(0.5).sum().backward();
      return Math.abs(lr.grad!.item() + 10 * 0.9 ** 19) < 1e-12;
    },
  ],
  [
    "schedulers drive it · 学习率调度器能驱动它",
    () => {
      const opt = new SGDMomentumNesterov(start(), { lr: 1, momentum: 0.9 });
      const scheduler = new lr_scheduler.StepLR(opt, { step_size: 1, gamma: 0.5 });
      opt.step();
      scheduler.step();
      return opt.param_groups[0]!.lr === 0.5;
    },
  ],
  [
    "bad options are refused · 拒绝不合理的选项",
    () =>
      throws(() => new SGDMomentumNesterov(start(), { lr: -1 }), /Invalid lr value: -1/) &&
      throws(() => new SGDMomentumNesterov(start(), { nesterov: true }), /requires a momentum/) &&
      throws(() => new SGDMomentumNesterov(start(), { lrr: 1 } as object), /unknown option: "lrr"/),
  ],
];

/** Every check and whether it holds. */
export function selfCheck(): [name: string, holds: boolean][] {
  return checks.map(([name, holds]) => [name, holds()]);
}

declare const process: { argv: string[]; exitCode: number } | undefined;
if (typeof process !== "undefined" && process.argv[1]?.endsWith("self_check.js")) {
  const results = selfCheck();
  for (const [name, holds] of results) console.log(`${holds ? "✓" : "✗"} ${name}`);
  if (results.some(([, holds]) => !holds)) process.exitCode = 1;
}
