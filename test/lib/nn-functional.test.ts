/** Functions and initialisation: against PyTorch's recorded values, and the papers' formulas. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gradcheck, rng, Tensor, tensor, type Values, zeros } from "../../lib/autograd/index.ts";
import * as nn from "../../lib/nn/index.ts";
import { fromRoot } from "../../root.ts";

const { functional: F } = nn;
const CLASSES = [1, 0, 3];
const weight = tensor([0.5, 2, 1, 0.25], { dtype: "float64" });
const cross =
  (options: nn.CrossEntropyOptions) =>
  (x: Tensor): Tensor =>
    F.cross_entropy(x, CLASSES, options);

type Fn = (...inputs: Tensor[]) => Tensor;
const numbers = (rows: number[][]) => tensor(rows);

/** The cases of test/golden/nn.py in TypeScript. */
const functions: Record<string, Fn> = {
  relu: F.relu as Fn,
  gelu: (x) => F.gelu(x!),
  "gelu tanh": (x) => F.gelu(x!, { approximate: "tanh" }),
  silu: F.silu as Fn,
  leaky_relu: (x) => F.leaky_relu(x!, 0.1),
  softmax: (x) => F.softmax(x!, 1),
  "log_softmax 0": (x) => F.log_softmax(x!, 0),
  linear: F.linear as Fn,
  "linear 3-D": F.linear as Fn,
  embedding: (w) =>
    F.embedding(
      numbers([
        [1, 3],
        [1, 0],
      ]),
      w!,
    ),
  "embedding padding": (w) =>
    F.embedding(
      numbers([
        [1, 3],
        [1, 0],
      ]),
      w!,
      { padding_idx: 1 },
    ),
  mse_loss: F.mse_loss as Fn,
  "mse_loss sum": (x, y) => F.mse_loss(x!, y!, { reduction: "sum" }),
  "mse_loss none": (x, y) => F.mse_loss(x!, y!, { reduction: "none" }),
  l1_loss: F.l1_loss as Fn,
  bce: (x) => F.binary_cross_entropy_with_logits(x!, tensor([0, 1, 1])),
  nll_loss: (x) => F.nll_loss(x!, CLASSES),
  cross_entropy: cross({}) as Fn,
  "cross_entropy sum": cross({ reduction: "sum" }) as Fn,
  "cross_entropy none": cross({ reduction: "none" }) as Fn,
  "cross_entropy weight": cross({ weight }) as Fn,
  "cross_entropy ignore": cross({ ignore_index: 0 }) as Fn,
  "cross_entropy smooth": cross({ label_smoothing: 0.1 }) as Fn,
  "cross_entropy all": cross({ weight, ignore_index: 0, label_smoothing: 0.1 }) as Fn,
  "cross_entropy one": (x) => F.cross_entropy(x!, tensor(2)),
  "cross_entropy images": (x) =>
    F.cross_entropy(
      x!,
      numbers([
        [1, 0],
        [2, 2],
      ]),
    ),
  norm: (x) => x!.norm(2, 1),
  max: (x) => x!.max(1).values,
  clamp: (x) => x!.clamp(-0.5, 0.5),
  pow: (x) => x!.pow(3),
  "matmul batched": (a, b) => a!.matmul(b!),
};

interface Case {
  name: string;
  inputs: Values[];
  result: Values;
  grads: Values[];
}
const golden = JSON.parse(readFileSync(fromRoot("test", "golden", "nn.json"), "utf8")) as {
  torch: string;
  cases: Case[];
};

function close(actual: Tensor, expected: Values, what: string): void {
  const wanted = tensor(expected, { dtype: "float64" });
  assert.equal(actual.shape, wanted.shape, what);
  actual.data.forEach((x, i) => {
    const y = wanted.data[i]!;
    assert.ok(Math.abs(x - y) <= 1e-12 * Math.max(1, Math.abs(y)), `${what}: ${x}, not ${y}`);
  });
}

for (const { name, inputs, result, grads } of golden.cases) {
  test(`value and gradients as in PyTorch ${golden.torch}: ${name}`, () => {
    const tensors = inputs.map((values) =>
      tensor(values, { dtype: "float64", requires_grad: true }),
    );
    const value = functions[name]!(...tensors);
    close(value, result, "result");
    const weights = value.like(0);
    weights.data.forEach((_, i) => (weights.data[i] = i + 1));
    value.mul(weights).sum().backward();
    tensors.forEach((input, i) => close(input.grad!, grads[i]!, `gradient ${i}`));
    // A padding row has a slope, but no gradient.
    if (!name.includes("padding")) assert.ok(gradcheck(functions[name]!, tensors));
  });
}

test("every function of the table has a recorded case", () => {
  assert.equal(
    Object.keys(functions),
    golden.cases.map(({ name }) => name),
  );
});

const SIZE = 20_000;
const moments = (x: Tensor) => ({
  mean: x.mean().item(),
  std: Math.sqrt(x.sub(x.mean()).pow(2).mean().item()),
  most: x.abs().max().item(),
});
const big = () => zeros([100, SIZE / 100]);
const generator = rng(5);

/** Bounds and deviations from the formulas of the papers. fan_in is 200, fan_out 100. */
const starts: [name: string, run: (x: Tensor) => Tensor, std: number, bound: number][] = [
  ["uniform_", (x) => nn.init.uniform_(x, -2, 2, { generator }), 4 / Math.sqrt(12), 2],
  ["normal_", (x) => nn.init.normal_(x, 0, 3, { generator }), 3, Infinity],
  [
    "xavier_uniform_",
    (x) => nn.init.xavier_uniform_(x, { generator }),
    Math.sqrt(2 / 300),
    Math.sqrt(6 / 300),
  ],
  [
    "xavier_normal_",
    (x) => nn.init.xavier_normal_(x, { gain: 2, generator }),
    2 * Math.sqrt(2 / 300),
    Infinity,
  ],
  [
    "kaiming_uniform_",
    (x) => nn.init.kaiming_uniform_(x, { a: Math.sqrt(5), generator }),
    1 / Math.sqrt(600),
    1 / Math.sqrt(200),
  ],
  [
    "kaiming_normal_",
    (x) => nn.init.kaiming_normal_(x, { mode: "fan_out", nonlinearity: "relu", generator }),
    Math.sqrt(2 / 100),
    Infinity,
  ],
];

for (const [name, run, std, bound] of starts) {
  test(`init: ${name}`, () => {
    const found = moments(run(big()));
    assert.ok(Math.abs(found.mean) < 0.03 * std, `mean ${found.mean}`);
    assert.ok(Math.abs(found.std / std - 1) < 0.02, `deviation ${found.std}, not ${std}`);
    assert.ok(found.most <= bound, `largest ${found.most}, bound ${bound}`);
    if (bound < Infinity) assert.ok(found.most > 0.99 * bound);
  });
}

test.run();
