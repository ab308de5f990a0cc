/** The optimizers that PyTorch does not have, against steps worked out by hand. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Tensor, tensor } from "../../lib/autograd/index.ts";
import { defineOptimizer, extra, SGD } from "../../lib/optim/index.ts";
import type { Replayable } from "./golden.ts";

type Construct = new (params: Tensor[], options: object) => Replayable;

interface Walk {
  Class: unknown;
  options: object;
  start: number[];
  /** For each step the gradient, and where the parameter is afterwards. */
  steps: [g: number[], theta: number[]][];
}

const s = Math.sqrt(7) / 4;
const walks: Record<string, Walk> = {
  // c = 1, then -1/4; with the two betas exchanged the second step would go the other way.
  Lion: {
    Class: extra.Lion,
    options: { lr: 0.1, betas: [0.5, 0.75], weight_decay: 0.5 },
    start: [1],
    steps: [
      [[2], [0.95 - 0.1]],
      [[-1], [0.85 * 0.95 + 0.1]],
    ],
  },
  // v = 1, then 7, whose corrected roots are 2 and 4.
  Adan: {
    Class: extra.Adan,
    options: { lr: 0.1, betas: [0.5, 0.5, 0.75], eps: 0 },
    start: [1],
    steps: [
      [[2], [0.9]],
      [[4], [0.8]],
    ],
  },
  // gamma = 1/2, then s; z = 0, then s; c = 1, then 7/11.
  ScheduleFreeAdamW: {
    Class: extra.ScheduleFreeAdamW,
    options: { lr: 1, betas: [0.5, 0.75], eps: 0 },
    start: [1],
    steps: [
      [[2], [0]],
      [[-1], [0.5 * s + (0.5 * 7 * s) / 11]],
    ],
  },
  // The update is (1, 1) + weight_decay (3, 4), made as long as lr times 5.
  LAMB: {
    Class: extra.LAMB,
    options: { lr: 0.1, eps: 0, weight_decay: 0.5 },
    start: [3, 4],
    steps: [
      [
        [7, 7],
        [3 - (0.5 * 2.5) / Math.sqrt(15.25), 4 - (0.5 * 3) / Math.sqrt(15.25)],
      ],
    ],
  },
  // Without curvature every step is cut to lr.
  SophiaG: {
    Class: extra.SophiaG,
    options: { lr: 0.1, betas: [0.5, 0.5], weight_decay: 0.5 },
    start: [1],
    steps: [[[-3], [0.95 + 0.1]]],
  },
};

function near(actual: ArrayLike<number>, expected: number[], where: string): void {
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) < 1e-12, `${where}: ${actual[i]}, not ${value}`);
  });
}

for (const [name, { Class, options, start, steps }] of Object.entries(walks)) {
  test(`${name} walks as worked out by hand`, () => {
    const w = tensor(start, { dtype: "float64", requires_grad: true });
    const opt = new (Class as Construct)([w], options);
    for (const [step, [g, theta]] of steps.entries()) {
      w.grad = tensor(g, { dtype: "float64" });
      opt.step();
      near(w.data, theta, `step ${step + 1}`);
    }
  });
}

test("SophiaG divides by the curvature, and cuts what is still too long", () => {
  const w = tensor([1], { dtype: "float64", requires_grad: true });
  const opt = new extra.SophiaG([w], { lr: 0.1, betas: [0.5, 0.5], rho: 1, weight_decay: 0 });
  w.grad = tensor([2], { dtype: "float64" });
  opt.update_hessian(); // h = 2
  const walk: [number, number][] = [
    [1, 0.975], // m = 1/2, a quarter of lr
    [8, 0.875], // m = 4.25, cut
  ];
  for (const [g, theta] of walk) {
    w.grad = tensor([g], { dtype: "float64" });
    opt.step();
    near(w.data, [theta], `g ${g}`);
  }
});

test("ScheduleFreeAdamW: eval shows the average, train goes back", () => {
  const w = tensor([1], { dtype: "float64", requires_grad: true });
  const opt = new extra.ScheduleFreeAdamW([w], { lr: 1, betas: [0.5, 0.75], eps: 0 });
  for (const g of [2, -1]) {
    w.grad = tensor([g], { dtype: "float64" });
    opt.step();
  }
  const training = w.item();
  opt.eval();
  near(w.data, [(7 * s) / 11], "average");
  opt.train();
  near(w.data, [training], "training");
});

test("Prodigy: the distance it finds grows as the walk shows it", () => {
  const w = tensor([1], { dtype: "float64", requires_grad: true });
  const opt = new extra.Prodigy([w], { d0: 0.1, eps: 0 });
  for (let step = 0; step < 2; step++) {
    w.grad = tensor([1], { dtype: "float64" });
    opt.step();
  }
  const walked = Math.sqrt(0.1);
  assert.ok(Math.abs(opt.d - walked / (1 + Math.sqrt(0.999))) < 1e-12, String(opt.d));
  const two = [{ params: [tensor([1])] }, { params: [tensor([1])] }];
  assert.throws(() => new extra.Prodigy(two), /doesn't support per-parameter options/);
});

test("Lookahead follows half the way after every k steps", () => {
  const w = tensor([0], { requires_grad: true });
  const opt = new extra.Lookahead(new SGD([w], { lr: 1 }), { k: 3, alpha: 0.5 });
  const places: number[] = [];
  for (let step = 0; step < 6; step++) {
    w.grad = tensor([-1]);
    opt.step();
    places.push(w.item());
  }
  assert.equal(places, [1, 2, 1.5, 2.5, 3.5, 3]);
});

test("a rule of one's own: mistakes are named when it is defined", () => {
  const draft = { name: "Mine", defaults: { lr: 0.1 }, text: "theta = theta - lrr * g" };
  assert.throws(() => defineOptimizer(draft), /unknown name: "lrr" \(line 1\).*Did you mean "lr"/);
  const Mine = defineOptimizer({ ...draft, text: "theta = theta - lr * g" });
  assert.is(Mine.name, "Mine");
  assert.throws(() => new Mine([tensor([1])], { lrr: 1 }), /unknown option: "lrr"/);
});

test.run();
