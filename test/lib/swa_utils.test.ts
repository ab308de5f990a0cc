/** Averaged models against PyTorch's recorded averages: not one bit may differ. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Dtype, tensor, type Tensor } from "../../lib/autograd/index.ts";
import {
  AveragedModel,
  type AveragedModelOptions,
  get_ema_avg_fn,
  get_ema_multi_avg_fn,
  get_swa_avg_fn,
  get_swa_multi_avg_fn,
} from "../../lib/optim/swa_utils.ts";
import { decode, differing, golden } from "./golden.ts";

interface Weights {
  w: string;
  v: string;
  running: string;
  count: number;
}

interface Case {
  name: string;
  dtype: Dtype;
  decay: number | null;
  useBuffers: boolean;
  steps: { model: Weights; averaged: Weights; nAveraged: number }[];
  stateDictKeys: string[];
}

interface Recorded {
  shapes: Record<keyof Weights, number[]>;
  cases: Case[];
  errors: { what: string; type: string; message: string }[];
}

const { shapes, cases, errors } = golden<Recorded>("swa_utils");

/** Two parameters and two buffers; `count` is an integer in PyTorch. */
class Model {
  w: Tensor;
  v: Tensor;
  running: Tensor;
  count: Tensor;

  constructor({ w, v, running, count }: Weights, dtype: Dtype) {
    const read = (text: string, shape: number[]) => tensor(decode(text, dtype), { shape, dtype });
    this.w = read(w, shapes.w);
    this.v = read(v, shapes.v);
    this.w.requires_grad = true;
    this.v.requires_grad = true;
    this.running = read(running, shapes.running);
    this.count = tensor(count);
  }
  parameters() {
    return [this.w, this.v];
  }
  buffers() {
    return [this.running, this.count];
  }
  state_dict() {
    const { w, v, running, count } = this;
    return { w, v, running, count };
  }
}

function functionsOf({ name, decay }: Case): AveragedModelOptions {
  if (name === "swa_avg_fn") return { avg_fn: get_swa_avg_fn() };
  if (name === "swa_multi") return { multi_avg_fn: get_swa_multi_avg_fn() };
  if (name === "ema_avg_fn" || name === "ema_use_buffers")
    return { avg_fn: get_ema_avg_fn(decay!) };
  if (name === "ema_multi_default") return { multi_avg_fn: get_ema_multi_avg_fn() };
  if (name.startsWith("ema_multi")) return { multi_avg_fn: get_ema_multi_avg_fn(decay!) };
  assert.is(name, "swa_default");
  return {};
}

/** Where the average is not the recorded one. */
function follow(averaged: AveragedModel<Model>, recorded: Case, from = 0): string[] {
  const { dtype, useBuffers } = recorded;
  return recorded.steps.slice(from).flatMap((step, i) => {
    averaged.update_parameters(new Model(step.model, dtype));
    assert.is(averaged.n_averaged, step.nAveraged);
    // PyTorch cuts an averaged integer off; there are no integer tensors here.
    if (!useBuffers) assert.is(averaged.module.count.item(), step.averaged.count);
    return (["w", "v", "running"] as const)
      .filter((name) => {
        const expected = decode(step.averaged[name], dtype);
        return differing(averaged.module[name].data, expected) > 0;
      })
      .map((name) => `${name} after ${from + i + 1}`);
  });
}

for (const recorded of cases) {
  const { name, dtype, useBuffers, steps, stateDictKeys } = recorded;
  const make = () => {
    const options = { ...functionsOf(recorded), use_buffers: useBuffers };
    return new AveragedModel(new Model(steps[0]!.model, dtype), options);
  };

  test(`${name} ${dtype}`, () => {
    const averaged = make();
    assert.equal(follow(averaged, recorded), []);
    assert.equal(Object.keys(averaged.state_dict()), stateDictKeys);
  });

  test(`${name} ${dtype}: saved, loaded, goes on the same`, () => {
    const [old, fresh] = [make(), make()];
    follow(old, { ...recorded, steps: steps.slice(0, 4) });
    fresh.load_state_dict(old.state_dict());
    assert.equal(follow(fresh, recorded, 4), []);
  });
}

test("the records tell the two ways to average apart", () => {
  const [mean, lerp] = ["swa_avg_fn", "swa_multi"].map((name) =>
    cases.find((each) => each.name === name && each.dtype === "float32")!,
  );
  const averaged = new AveragedModel(
    new Model(mean!.steps[0]!.model, "float32"),
    functionsOf(lerp!),
  );
  assert.ok(follow(averaged, mean!).length > 0);
});

const mistakes: Record<string, () => unknown> = {
  "get_ema_avg_fn(1.5)": () => get_ema_avg_fn(1.5),
  "get_ema_avg_fn(-0.1)": () => get_ema_avg_fn(-0.1),
  "get_ema_multi_avg_fn(1.5)": () => get_ema_multi_avg_fn(1.5),
  "AveragedModel both fns": () =>
    new AveragedModel([], { avg_fn: get_swa_avg_fn(), multi_avg_fn: get_swa_multi_avg_fn() }),
};
for (const { what, type, message } of errors) {
  test(what, () => {
    assert.throws(mistakes[what]!, (e: Error) => e.name === type && e.message === message);
  });
}

test("a list of tensors: the mean of 1, 2, 6, and numbers for names", () => {
  const w = tensor([0]);
  const averaged = new AveragedModel([w]);
  for (const value of [1, 2, 6]) {
    w.copy_(value);
    averaged.update_parameters([w]);
  }
  assert.equal(
    averaged.module.map((tensor) => tensor.tolist()),
    [[3]],
  );
  assert.is(averaged.n_averaged, 3);
  assert.is(w.item(), 6);
  assert.equal(Object.keys(averaged.state_dict()), ["n_averaged", "module.0"]);
});

test("a model is copied through and through, and stays as tied as it was", () => {
  const shared = tensor([1], { requires_grad: true });
  const layers = new Map([
    ["first", { weight: shared }],
    ["second", { weight: shared }],
  ]);
  const model = {
    layers,
    sizes: Float64Array.of(1),
    get first() {
      return this.layers.get("first")!.weight;
    },
    parameters() {
      return [this.first];
    },
  };
  const { module } = new AveragedModel(model);
  assert.is.not(module.first, shared);
  assert.is(module.layers.get("second")!.weight, module.first);
  assert.ok(module.first.requires_grad);
  assert.is.not(module.sizes, model.sizes);
});

test("the averages are not recorded, and keep requires_grad", () => {
  const w = tensor([1], { requires_grad: true });
  const averaged = new AveragedModel([w]);
  averaged.update_parameters([w]);
  averaged.update_parameters([w]);
  assert.ok(averaged.parameters()[0]!.is_leaf);
  assert.ok(averaged.parameters()[0]!.requires_grad);
});

test("refuses a model whose tensors cannot be copied, and another model's tensors", () => {
  const w = tensor([1]);
  assert.throws(() => new AveragedModel({ parameters: () => [w] }), "they are not its properties");
  const averaged = new AveragedModel([w]);
  assert.throws(() => averaged.update_parameters([w, w]), "parameters: 2, but");
  assert.is(averaged.n_averaged, 0);
  assert.throws(() => averaged.load_state_dict({ n_averaged: 1 }), "module.0 is missing");
});

test.run();
