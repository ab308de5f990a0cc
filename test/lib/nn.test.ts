import { test } from "uvu";
import * as assert from "uvu/assert";
import { no_grad, ones, rng, sample, Tensor, zeros } from "../../lib/autograd/index.ts";
import { SparseTensor } from "../../lib/autograd/sparse.ts";
import * as nn from "../../lib/nn/index.ts";
import { SGD, SparseAdam, swa_utils } from "../../lib/optim/index.ts";

const { functional: F } = nn;

const mlp = (seed = 1) => {
  const generator = rng(seed);
  return new nn.Sequential(
    new nn.Linear(4, 3, { generator }),
    new nn.Tanh(),
    new nn.Linear(3, 2, { generator, bias: false }),
  );
};

test("a module lists its parameters by path, and prints", () => {
  const model = mlp();
  assert.equal(
    model.named_parameters().map(([name, { shape }]) => [name, shape]),
    [
      ["0.weight", [3, 4]],
      ["0.bias", [3]],
      ["2.weight", [2, 3]],
    ],
  );
  assert.is(
    String(model),
    "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=true)\n  (1): Tanh()\n" +
      "  (2): Linear(in_features=3, out_features=2, bias=false)\n)",
  );
});

class Odd extends nn.Module {
  layers = [mlp(1), mlp(2)];
  shared = this.layers[0]!;
  scale = ones([1], { requires_grad: true });
  constructor() {
    super();
    this.register_buffer("steps", zeros([1]));
    this.register_buffer("cache", zeros([5]), false);
  }
  override forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => y.add(layer.forward(x).sum()), x).mul(this.scale);
  }
}

test("arrays of modules, shared parts and buffers", () => {
  const model = new Odd();
  assert.is(model.parameters().length, 7);
  assert.is(model.named_parameters()[1]![0], "layers.0.0.weight");
  assert.equal(
    model.named_buffers().map(([name]) => name),
    ["steps", "cache"],
  );
  assert.is("cache" in model.state_dict(), false);
  assert.equal(model.state_dict().steps!.shape, [1]);
  assert.throws(() => model.register_buffer("scale", zeros([1])), /'scale' already exists/);
  assert.throws(() => model.register_buffer("a.b", zeros([1])), /must not be empty or contain/);
});

test("state_dict round trip; the tensors share memory, a load copies", () => {
  const [from, to] = [mlp(1), mlp(2)];
  const state = from.state_dict();
  assert.equal(to.load_state_dict(state), { missing_keys: [], unexpected_keys: [] });
  assert.equal(to.state_dict()["0.weight"]!.tolist(), state["0.weight"]!.tolist());
  no_grad(() => from.parameters()[0]!.zero_());
  assert.ok(state["0.weight"]!.data.every((x) => x === 0));
  assert.ok(to.parameters()[0]!.data.some((x) => x !== 0));
});

test("a state_dict that does not fit changes nothing, and the error says all", () => {
  const model = mlp();
  const before = model.parameters().map((each) => each.tolist());
  const { "0.bias": _, ...state } = mlp(2).state_dict();
  const bad = { ...state, "2.weight": zeros([2, 2]), extra: zeros([1]) };
  assert.throws(
    () => model.load_state_dict(bad),
    (error: Error) => {
      assert.is(
        error.message,
        'Error(s) in loading state_dict for Sequential:\n\tUnexpected key(s) in state_dict: "extra".' +
          '\n\tMissing key(s) in state_dict: "0.bias".\n\tsize mismatch for 2.weight: copying a param ' +
          "with shape [2, 2] from checkpoint, the shape in current model is [2, 3].",
      );
      return true;
    },
  );
  assert.equal(
    model.parameters().map((each) => each.tolist()),
    before,
  );
  const { missing_keys } = model.load_state_dict(state, { strict: false });
  assert.equal(missing_keys, ["0.bias"]);
});

test("train and eval reach every part; zero_grad and requires_grad_ every parameter", () => {
  const model = new nn.Sequential(new nn.Dropout(0.5, { generator: rng(1) }), mlp());
  model.eval();
  assert.equal(
    model.modules().map(({ training }) => training),
    [false, false, false, false, false, false],
  );
  assert.is(
    model
      .forward(ones([4]))
      .sum()
      .item(),
    model
      .forward(ones([4]))
      .sum()
      .item(),
  );
  model.train();
  model
    .forward(ones([4]))
    .sum()
    .backward();
  assert.ok(model.parameters().every(({ grad }) => grad !== null));
  model.zero_grad();
  assert.ok(model.parameters().every(({ grad }) => grad === null));
  model.requires_grad_(false);
  assert.is(model.forward(ones([4])).requires_grad, false);
  assert.is(model.parameters().length, 3, "what is frozen remains a parameter");
});

test("dropout keeps the mean, and passes gradients where it keeps elements", () => {
  const x = ones([10_000], { requires_grad: true });
  const y = F.dropout(x, { p: 0.25, generator: rng(3) });
  assert.ok(Math.abs(y.mean().item() - 1) < 0.02);
  y.sum().backward();
  assert.equal(x.grad!.tolist(), y.tolist());
  assert.is(F.dropout(x, { p: 1 }).sum().item(), 0);
});

test("AveragedModel averages a module", () => {
  const model = mlp();
  const averaged = new swa_utils.AveragedModel(model);
  averaged.update_parameters(model);
  no_grad(() => model.parameters().forEach((each) => each.add_(2)));
  averaged.update_parameters(model);
  const [mine, its] = [model, averaged.module].map((each) => each.parameters()[0]!);
  its!.data.forEach((x, i) => assert.ok(Math.abs(x - (mine!.data[i]! - 1)) < 1e-6));
  assert.equal(averaged.module.forward(ones([4])).shape, [2]);
  assert.ok("module.0.weight" in averaged.state_dict());
  assert.is(averaged.module.named_parameters()[0]![0], "0.weight");
});

test("a sparse embedding gives SparseAdam the rows that were used, from two uses", () => {
  const words = new nn.Embedding(6, 2, { sparse: true, padding_idx: 0, generator: rng(1) });
  assert.equal(words.forward([0]).tolist(), [[0, 0]]);
  const before = words.weight.tolist() as number[][];
  words
    .forward([3, 1, 0])
    .sum()
    .add(words.forward([3]).sum().mul(2))
    .backward();
  const grad = words.weight.grad as SparseTensor;
  assert.ok(grad.is_sparse);
  assert.equal(grad.to_dense().tolist(), [
    [0, 0],
    [1, 1],
    [0, 0],
    [3, 3],
    [0, 0],
    [0, 0],
  ]);
  new SparseAdam(words.parameters()).step();
  const after = words.weight.tolist() as number[][];
  assert.equal(
    after.map((row, i) => row[0] !== before[i]![0]),
    [false, true, false, true, false, false],
  );
});

test("a sparse gradient meets a dense one", () => {
  const w = ones([3, 2], { requires_grad: true });
  F.embedding([1], w, { sparse: true }).sum().add(w.sum()).backward();
  F.embedding([1], w, { sparse: true }).sum().backward();
  assert.is(w.grad!.is_sparse, false);
  assert.equal(w.grad!.tolist(), [
    [1, 1],
    [3, 3],
    [1, 1],
  ]);
});

test("named parameters give the optimizer their names", () => {
  const [group] = new SGD(mlp().named_parameters(), { lr: 0.1 }).param_groups;
  assert.equal(group!.param_names, ["0.weight", "0.bias", "2.weight"]);
});

test("the same seed gives the same model", () => {
  nn.manual_seed(3);
  const first = new nn.Linear(3, 2).weight.tolist();
  nn.manual_seed(3);
  assert.equal(new nn.Linear(3, 2).weight.tolist(), first);
  assert.not.equal(new nn.Linear(3, 2).weight.tolist(), first);
});

test("digits: sums over pixels and classes are those of the original", () => {
  const { data, target } = nn.load_digits();
  assert.is(data.sum().item(), 561718);
  const counts = Array.from({ length: 10 }, (_, digit) => target.eq(digit).sum().item());
  assert.equal(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
});

const errors: [name: string, run: () => unknown, message: RegExp][] = [
  ["class", () => F.nll_loss(ones([2, 3]), [0, 5]), /Target 5 is out of bounds/],
  [
    "targets",
    () => F.cross_entropy(ones([2, 3]), [0, 1, 2]),
    /input batch_size \(2\) to match target batch_size \(3\)/,
  ],
  [
    "linear",
    () => new nn.Linear(5, 4).forward(ones([2, 3])),
    /cannot be multiplied \(2x3 and 5x4\)/,
  ],
  [
    "embedding",
    () => F.embedding([5], ones([2, 3])),
    /index 5 is out of bounds for dimension 0 with size 2/,
  ],
  ["padding", () => new nn.Embedding(3, 2, { padding_idx: 3 }), /must be within num_embeddings: 3/],
  [
    "bce",
    () => F.binary_cross_entropy_with_logits(ones([2]), ones([3])),
    /Target size \(\[3\]\) must be the same/,
  ],
  [
    "reduction",
    () => F.mse_loss(ones([2]), ones([2]), { reduction: "avg" as "sum" }),
    /avg is not a valid value/,
  ],
  [
    "dropout",
    () => F.dropout(ones([2]), { p: 2 }),
    /probability has to be between 0 and 1, but got 2/,
  ],
  ["fan", () => nn.init.xavier_uniform_(zeros([3])), /fewer than 2 dimensions: \[3\]/],
  ["gain", () => nn.init.calculate_gain("mish" as "relu"), /Unsupported nonlinearity mish/],
];
for (const [name, run, message] of errors)
  test(`error: ${name}`, () => assert.throws(run, message));

test("a target of another size is pointed out", () => {
  const said: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => said.push(text);
  try {
    F.mse_loss(sample(rng(1), [2, 1]), ones([2]));
  } finally {
    console.warn = warn;
  }
  assert.match(
    said.join(),
    /target size \(\[2\]\) that is different to the input size \(\[2, 1\]\)/,
  );
});

test.run();
