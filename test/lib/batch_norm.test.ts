/** BatchNorm1d and update_bn against what PyTorch recorded: test/golden/batch_norm.py. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { no_grad, type Tensor, tensor, type Values } from "../../lib/autograd/index.ts";
import { IntegerTensor } from "../../lib/checkpoint/index.ts";
import * as nn from "../../lib/nn/index.ts";
import { swa_utils } from "../../lib/optim/index.ts";
import { golden } from "./golden.ts";

interface Pass {
  input: Values;
  output: Values;
  grad: Values;
  parameterGrads: Values[];
  running_mean: Values | null;
  running_var: Values | null;
  batches: number | null;
}
interface Case {
  options: nn.BatchNormOptions;
  parameters: Values[];
  training: Pass[];
  evaluation: Pass;
}
interface Update {
  weight: Values;
  bias: Values;
  batches: Values[];
  running_mean: Values;
  running_var: Values;
  count: number;
  momentum: number;
  training: boolean;
}
const { cases, update_bn } = golden<{ cases: Record<string, Case>; update_bn: Update }>(
  "batch_norm",
);

const dtype = "float64";
const double = (values: Values) => tensor(values, { dtype });

function same(actual: Tensor | null, expected: Values | null, what: string): void {
  if (expected === null) return assert.is(actual, null, what);
  const wanted = double(expected);
  assert.equal(actual!.shape, wanted.shape, what);
  const worst = Math.max(0, ...actual!.detach().sub(wanted).abs().data);
  assert.ok(worst < 1e-12 * (1 + wanted.abs().max().item()), `${what}: off by ${worst}`);
}

function pass(layer: nn.BatchNorm1d, recorded: Pass): void {
  const input = double(recorded.input).requires_grad_();
  layer.zero_grad();
  const output = layer.forward(input);
  const weights = double(Float64Array.from({ length: output.size }, (_, i) => i + 1));
  output.mul(weights.reshape(output.shape)).sum().backward();
  same(output, recorded.output, "output");
  same(input.grad, recorded.grad, "gradient");
  layer.parameters().forEach((each, i) => same(each.grad, recorded.parameterGrads[i]!, `p${i}`));
  same(layer.running_mean, recorded.running_mean, "running_mean");
  same(layer.running_var, recorded.running_var, "running_var");
  assert.is(layer.num_batches_tracked?.item() ?? null, recorded.batches);
}

for (const [name, { options, parameters, training, evaluation }] of Object.entries(cases)) {
  test(`${name}: as PyTorch in training and evaluation`, () => {
    const layer = new nn.BatchNorm1d(3, { ...options, dtype });
    no_grad(() => layer.parameters().forEach((each, i) => each.copy_(double(parameters[i]!))));
    for (const recorded of training) pass(layer, recorded);
    layer.eval();
    pass(layer, evaluation);
  });
}

test("update_bn: PyTorch's statistics, and everything else as it was", () => {
  const norm = new nn.BatchNorm1d(3, { momentum: 0.2, dtype });
  const linear = new nn.Linear(2, 3, { dtype });
  const model = new nn.Sequential(linear, norm, new nn.ReLU()).eval();
  linear.load_state_dict({ weight: double(update_bn.weight), bias: double(update_bn.bias) });
  swa_utils.update_bn(
    update_bn.batches.map((batch) => [double(batch), null] as const),
    model,
  );
  same(norm.running_mean, update_bn.running_mean, "running_mean");
  same(norm.running_var, update_bn.running_var, "running_var");
  assert.is(norm.num_batches_tracked!.item(), update_bn.count);
  assert.is(norm.momentum, update_bn.momentum);
  assert.is(model.training, update_bn.training);
});

test("update_bn puts momentum and mode back where a batch fails", () => {
  const norm = new nn.BatchNorm1d(3).eval();
  assert.throws(() => swa_utils.update_bn([tensor([[1, 2]])], norm), /must be num_features, 3/);
  assert.is(norm.momentum, 0.1);
  assert.is(norm.training, false);
});

test("update_bn leaves a model without such layers alone", () => {
  let calls = 0;
  const model = new nn.Linear(1, 1);
  const forward = model.forward.bind(model);
  model.forward = (input) => (calls++, forward(input));
  swa_utils.update_bn([tensor([[1]])], model);
  assert.is(calls, 0);
});

test("an averaged model has statistics of its own", () => {
  const model = new nn.BatchNorm1d(1);
  const averaged = new swa_utils.AveragedModel(model);
  swa_utils.update_bn([tensor([[1], [3]])], averaged.module);
  assert.equal(averaged.module.running_mean!.tolist(), [2]);
  assert.equal(model.running_mean!.tolist(), [0]);
});

test("its state_dict has PyTorch's names, and loads a count that PyTorch saved as int64", () => {
  const norm = new nn.BatchNorm1d(1);
  const names = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];
  assert.equal(Object.keys(norm.state_dict()).sort(), names.sort());
  const count = new IntegerTensor("int64", BigInt64Array.of(7n), []);
  norm.load_state_dict({ ...norm.state_dict(), num_batches_tracked: count });
  assert.is(norm.num_batches_tracked!.item(), 7);
});

const wrong: [input: Values, message: RegExp][] = [
  [[1, 2], /expected 2D or 3D input \(got 1D input\)/],
  [[[1, 2, 3]], /Its second size must be num_features, 2/],
  [[[1, 2]], /Expected more than 1 value per channel when training, got input size \[1, 2\]/],
];
for (const [input, message] of wrong) {
  test(`input ${JSON.stringify(input)} is refused`, () => {
    assert.throws(() => new nn.BatchNorm1d(2).forward(tensor(input)), message);
  });
}

test.run();
