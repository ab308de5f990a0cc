/** Gradient scaling against PyTorch's recorded steps: not one bit may differ. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { sparse_coo_tensor, type SparseTensor } from "../../lib/autograd/sparse.ts";
import { clip_grad_norm_ } from "../../lib/optim/clip_grad.ts";
import { GradScaler, type GradScalerOptions } from "../../lib/optim/grad_scaler.ts";
import { SGD } from "../../lib/optim/index.ts";
import { ExponentialLR } from "../../lib/optim/lr_scheduler.ts";
import { decode, differing, golden } from "./golden.ts";
import { warningsOf } from "./warnings.ts";

interface Case {
  name: string;
  kwargs: GradScalerOptions;
  optimizer: { lr: number; momentum: number };
  param: string;
  steps: {
    scaledGrad: string;
    scaledLossOf1_5: number;
    unscaledGrad: string;
    stepped: boolean;
    param: string;
    scaleAfter: number;
    growthTrackerAfter: number;
  }[];
  stateDict: Record<string, number>;
}

const { cases, errors } = golden<{
  cases: Case[];
  errors: { what: string; type: string; message: string }[];
}>("grad_scaler");

const read = (text: string) => decode(text, "float32");

/** Makes the recorded steps and says where they come out differently. */
function follow(recorded: Case, explicit: boolean, reloadAfter?: number): string[] {
  const { lr, momentum } = recorded.optimizer;
  const param = tensor(read(recorded.param), { requires_grad: true });
  const optimizer = new SGD([param], { lr, momentum });
  let stepped = false;
  const original = optimizer.step.bind(optimizer);
  optimizer.step = (() => {
    stepped = true;
    original();
  }) as typeof optimizer.step;
  let scaler = new GradScaler(recorded.kwargs);
  const found: string[] = [];
  recorded.steps.forEach((step, i) => {
    const check = (what: string, same: boolean) => same || found.push(`${what} in step ${i}`);
    stepped = false;
    check("loss", scaler.scale(tensor(1.5)).item() === step.scaledLossOf1_5);
    param.grad = tensor(read(step.scaledGrad));
    if (explicit) scaler.unscale_(optimizer);
    scaler.step(optimizer);
    check("gradient", differing(param.grad.data, read(step.unscaledGrad)) === 0);
    check("parameter", differing(param.data, read(step.param)) === 0);
    check("skipped", stepped === step.stepped);
    scaler.update();
    check("scale", scaler.get_scale() === step.scaleAfter);
    const { _growth_tracker = 0 } = scaler.state_dict();
    check("growth tracker", _growth_tracker === step.growthTrackerAfter);
    if (i !== reloadAfter) return;
    const saved = JSON.parse(JSON.stringify(scaler.state_dict()));
    scaler = new GradScaler({ ...recorded.kwargs, init_scale: 1 });
    scaler.load_state_dict(saved);
  });
  assert.equal(scaler.state_dict(), recorded.stateDict);
  return found;
}

for (const recorded of cases) {
  test(recorded.name, () => assert.equal(follow(recorded, false), []));
  test(`${recorded.name}: unscaled beforehand`, () => assert.equal(follow(recorded, true), []));
  test(`${recorded.name}: saved, loaded, goes on the same`, () => {
    assert.equal(follow(recorded, false, 4), []);
  });
}

test("the records contain skipped steps", () => {
  assert.ok(cases.flatMap(({ steps }) => steps).some(({ stepped }) => !stepped));
});

function setUp(options?: GradScalerOptions) {
  const w = tensor([3, 4], { requires_grad: true });
  const optimizer = new SGD([w], { lr: 0.5 });
  const scaler = new GradScaler(options);
  const backward = () => scaler.scale(w.pow(2).mul(0.5).sum()).backward();
  return { w, optimizer, scaler, backward };
}

const mistakes: Record<string, () => void> = {
  "growth_factor=1.0": () => new GradScaler({ growth_factor: 1 }),
  "backoff_factor=1.0": () => new GradScaler({ backoff_factor: 1 }),
  "update before scale": () => new GradScaler().update(),
  two_unscale: () => {
    const { optimizer, scaler, backward } = setUp();
    backward();
    scaler.unscale_(optimizer);
    scaler.unscale_(optimizer);
  },
  two_steps: () => {
    const { optimizer, scaler, backward } = setUp();
    backward();
    scaler.step(optimizer);
    scaler.step(optimizer);
  },
  unscale_after_step: () => {
    const { optimizer, scaler, backward } = setUp();
    backward();
    scaler.step(optimizer);
    scaler.unscale_(optimizer);
  },
  update_no_inf_checks: () => {
    const { scaler, backward } = setUp();
    backward();
    scaler.update();
  },
  step_closure: () => {
    const { optimizer, scaler } = setUp();
    scaler.step(optimizer, () => 0);
  },
  no_grads: () => {
    const { optimizer, scaler, w } = setUp();
    scaler.scale(w);
    scaler.step(optimizer);
  },
};
for (const { what, type, message } of errors) {
  test(what, () => {
    assert.throws(mistakes[what]!, (e: Error) => e.name === type && e.message === message);
  });
}

test("the order of the book: scale, backward, unscale_, clip, step, update", () => {
  const { w, optimizer, scaler, backward } = setUp();
  backward();
  assert.equal(w.grad!.tolist(), [3 * 65536, 4 * 65536]);
  scaler.unscale_(optimizer);
  assert.is(clip_grad_norm_([w], 1).item(), 5);
  scaler.step(optimizer);
  scaler.update();
  const expected = [3 - 0.5 * 0.6, 4 - 0.5 * 0.8];
  assert.ok(w.data.every((x, i) => Math.abs(x - expected[i]!) < 1e-6));
});

test("one overflow among two optimizers skips one step and lowers the scale", () => {
  const [first, second] = [setUp(), setUp()];
  const scaler = new GradScaler({ init_scale: 4 });
  const losses = scaler.scale([first.w.sum(), second.w.sum()]);
  losses.forEach((loss) => loss.backward());
  first.w.grad!.data[0] = NaN;
  [first, second].forEach(({ optimizer }) => scaler.step(optimizer));
  scaler.update();
  assert.equal(
    [first.w.tolist(), second.w.tolist()],
    [
      [3, 4],
      [2.5, 3.5],
    ],
  );
  assert.is(scaler.get_scale(), 2);
});

test("a step that was skipped is none to a scheduler", () => {
  const { w, optimizer, scaler, backward } = setUp();
  const scheduler = new ExponentialLR(optimizer, { gamma: 0.5 });
  backward();
  w.grad!.data[0] = Infinity;
  scaler.step(optimizer);
  const [warning] = warningsOf(() => scheduler.step());
  assert.match(warning!, "Detected call of `lr_scheduler.step()` before `optimizer.step()`");
});

test("a sparse gradient is unscaled in its entries", () => {
  const { w, optimizer, scaler } = setUp({ init_scale: 4 });
  scaler.scale(w);
  w.grad = sparse_coo_tensor([[1]], [8], [2]);
  scaler.unscale_(optimizer);
  assert.equal((w.grad as SparseTensor).to_dense().tolist(), [0, 2]);
});

test("update(scale) sets it, from a number or a tensor", () => {
  const { scaler, w } = setUp();
  scaler.scale(w);
  scaler.update(1000);
  assert.is(scaler.get_scale(), 1000);
  scaler.update(tensor(0.1));
  assert.is(scaler.get_scale(), Math.fround(0.1));
});

test("not enabled it passes everything through", () => {
  const { w, optimizer, scaler, backward } = setUp({ enabled: false });
  backward();
  scaler.unscale_(optimizer);
  assert.is(
    scaler.step(optimizer, () => "loss"),
    "loss",
  );
  scaler.update();
  assert.equal(w.tolist(), [1.5, 2]);
  assert.is(scaler.get_scale(), 1);
  assert.is(scaler.is_enabled(), false);
  scaler.load_state_dict({});
  assert.throws(() => new GradScaler().load_state_dict({}), "The source state dict is empty");
});

test("factors can be read and set", () => {
  const scaler = new GradScaler();
  scaler.set_growth_factor(3);
  scaler.set_backoff_factor(0.25);
  scaler.set_growth_interval(7);
  const { growth_factor, backoff_factor, growth_interval } = scaler.state_dict();
  assert.equal([growth_factor, backoff_factor, growth_interval], [3, 0.25, 7]);
  assert.is(scaler.get_growth_factor(), 3);
  assert.is(scaler.get_backoff_factor(), 0.25);
  assert.is(scaler.get_growth_interval(), 7);
});

test.run();
