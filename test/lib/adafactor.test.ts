/** Adafactor against PyTorch's recorded trajectories. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Dtype, tensor } from "../../lib/autograd/index.ts";
import { Adafactor, sparse_coo_tensor } from "../../lib/optim/index.ts";
import { type Case, type GoldenFile, golden, replay } from "./golden.ts";
import { mutant } from "./mutant.ts";

const { inputs, cases } = golden<GoldenFile>("Adafactor");
const double = cases.filter((recorded) => inputs[recorded.inputs]!.dtype === "float64");
const single = cases.filter((recorded) => !double.includes(recorded));

async function differences(recorded: Case, Class: typeof Adafactor): Promise<string[]> {
  return await replay(inputs[recorded.inputs]!, recorded, (groups, options) => {
    return new Class(groups, options) as never;
  });
}

const changed = async (from: string, to: string, imported?: string) =>
  (await mutant<{ Adafactor: typeof Adafactor }>("optim/adafactor.ts", from, to, imported))
    .Adafactor;

for (const recorded of single) {
  test(`Adafactor ${recorded.name}`, async () => {
    assert.equal(await differences(recorded, Adafactor), []);
  });
}

/** JavaScript's `10 ** -0.8` is one unit in the last place less than C's, which PyTorch uses. */
const POWER_OF_C = "(step === 10 ? 0.15848931924611134 : pow(step, beta2_decay))";

/** The parameters after every step. */
async function trajectory(recorded: Case, Class: typeof Adafactor): Promise<number[]> {
  const seen: number[] = [];
  await replay(inputs[recorded.inputs]!, recorded, (groups, options) => {
    const opt = new Class(groups, options);
    const step = () => {
      opt.step();
      for (const { params } of groups) params.forEach(({ data }) => seen.push(...data));
    };
    return { step, param_groups: opt.param_groups as never, state: opt.state };
  });
  return seen;
}

for (const recorded of double) {
  test(`Adafactor ${recorded.name}: not one bit differs where 10 ** -0.8 is C's`, async () => {
    const exact = await changed("pow(step, beta2_decay)", POWER_OF_C);
    assert.equal(await differences(recorded, exact), []);
  });

  test(`Adafactor ${recorded.name}: with JavaScript's, within 1e-12`, async () => {
    const exact = await changed("pow(step, beta2_decay)", POWER_OF_C);
    const theirs = await trajectory(recorded, exact);
    const ours = await trajectory(recorded, Adafactor);
    const worst = Math.max(...ours.map((x, i) => Math.abs(x / theirs[i]! - 1)));
    assert.ok(worst < 1e-12, String(worst));
  });
}

const mutations: [what: string, from: string, to: string, imported?: string][] = [
  [
    "a division instead of the product with the reciprocal",
    "u[i] = 1 / u[i];\n        u[i] *= g[i];",
    "u[i] = g[i] / u[i];",
  ],
  [
    "the outer product divided first",
    "estimate[k] = row[i] * col[j];\n                estimate[k] /= mean;",
    "estimate[k] = row[i] / mean;\n estimate[k] *= col[j];",
  ],
  ["norms summed one by one", "partial[lane]", "partial[0]", "../kernels/reduce/cpu.ts"],
];
for (const [what, ...change] of mutations) {
  test(`the record notices ${what}`, async () => {
    const Mutant = await changed(...change);
    const found = await Promise.all(single.map((recorded) => differences(recorded, Mutant)));
    assert.ok(found.flat().length > 0);
  });
}

test("a sparse gradient is refused, and nothing of its group has moved", () => {
  const [a, b] = [tensor([1, 2]), tensor([3, 4])];
  const opt = new Adafactor([a, b]);
  a.grad = tensor([1, 1]);
  b.grad = sparse_coo_tensor([[1]], [1], [2]);
  assert.throws(
    () => opt.step(),
    (error: Error) => {
      assert.is(error.name, "RuntimeError");
      assert.is(error.message, "Adafactor does not support sparse gradients");
      return true;
    },
  );
  assert.is(opt.state.size, 0);
  assert.equal(a.tolist(), [1, 2]);
});

/** How far a gradient of 1e-12 moves a double, whose own eps would be far smaller than that. */
function moved(others: Dtype[]): number {
  const params = [...others, "float64" as const].map((dtype) => tensor([1], { dtype }));
  const opt = new Adafactor(params, { lr: 1 });
  for (const param of params) param.grad = tensor([1e-12], { dtype: param.dtype });
  opt.step();
  return 1 - params.at(-1)!.item();
}

test("the first parameter of a group decides its eps1, as in PyTorch", () => {
  assert.ok(moved([]) > 0.9);
  assert.ok(moved(["float32"]) < 1e-4);
});

test("a parameter full of NaN and one full of zeros do not disturb each other", () => {
  const [bad, good] = [tensor([NaN, 1]), tensor([1, 1])];
  const opt = new Adafactor([bad, good], { lr: 0.1 });
  bad.grad = tensor([1, 1]);
  good.grad = tensor([0, 0]);
  opt.step();
  assert.ok(bad.data.some(Number.isNaN));
  assert.equal(good.tolist(), [1, 1]);
});

test.run();
