/** Gradients through a step: the same bits as the loop, and derivatives that can be checked. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gauss, rng, sample, type Tensor, tensor } from "../../lib/autograd/index.ts";
import type { Rule } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { differing, type Replayable } from "./golden.ts";

type Construct = { rule: Rule } & (new (params: unknown, options?: object) => Replayable);
const classes = Object.values({ ...optim, ...optim.extra }).filter(
  (value): value is never => (value as { rule?: Rule }).rule?.text !== undefined,
) as unknown as Construct[];

const optionSets = [
  {},
  { weight_decay: 0.1, maximize: true },
  { betas: [0.3, 0.9], momentum: 0.9 },
];

for (const Class of classes) {
  for (const dtype of ["float32", "float64"] as const) {
    test(`${Class.rule.name} ${dtype}: a recorded step has the bits of the loop`, () => {
      for (const set of optionSets) {
        const options = Object.fromEntries(
          Object.entries(set).filter(([name]) => name in Class.rule.defaults),
        );
        const run = (differentiable: boolean): Tensor => {
          const normal = gauss(rng(5));
          const w = sample(normal, [20], { dtype });
          const opt = new Class([w], { ...options, differentiable });
          for (let step = 0; step < 8; step++) {
            w.grad = sample(normal, [20], { dtype });
            opt.step();
          }
          return w;
        };
        assert.is(differing(run(true).data, run(false).data), 0, JSON.stringify(options));
      }
    });
  }
}

/** f(x) = x²/2 after ten steps from 1, as a function of the learning rate. */
function afterTenSteps(lr: Tensor): Tensor {
  const x = tensor([1], { dtype: "float64", requires_grad: true }).clone();
  const opt = new optim.SGD([x], { lr, differentiable: true });
  for (let step = 0; step < 10; step++) {
    x.grad = x.alias();
    opt.step();
  }
  return x.mul(x).mul(0.5).sum();
}

test("the derivative of the tenth loss with respect to the learning rate is -10 (1 - lr)^19", () => {
  const lr = tensor(0.1, { dtype: "float64", requires_grad: true });
  afterTenSteps(lr).backward();
  assert.ok(Math.abs(lr.grad!.item() + 10 * 0.9 ** 19) < 1e-12);
});

test("a leaf that requires grad cannot be stepped while recording", () => {
  const w = tensor([1], { requires_grad: true });
  const opt = new optim.SGD([w], { differentiable: true });
  w.grad = tensor([1]);
  assert.throws(() => opt.step(), /a leaf Variable that requires grad/);
});

test.run();
