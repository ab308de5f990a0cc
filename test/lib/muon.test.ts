/** Muon and its Newton-Schulz iteration against PyTorch's recorded results. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rng, tensor } from "../../lib/autograd/index.ts";
import { Muon, sparse_coo_tensor, zeropower_via_newtonschulz } from "../../lib/optim/index.ts";
import { adjustLr } from "../../lib/optim/muon.ts";
import { bfloat16, roundToBfloat16 } from "../../lib/optim/muon/bfloat16.ts";
import { type Matrix, matrix, products, transposed } from "../../lib/kernels/matmul/cpu.ts";
import { type Case, decode, differing, type GoldenFile, golden, replay } from "./golden.ts";
import { mutant } from "./mutant.ts";

interface Orthogonalised {
  shape: [number, number];
  grad: string;
  coefficients: number[];
  eps: number;
  outs: { nsSteps: number; out: string }[];
}

const schulz = golden<{
  cases: Orthogonalised[];
  adjustLr: { lr: number; fn: string | null; shape: [number, number]; adjusted: number }[];
}>("Muon_newton_schulz");

for (const { shape, grad, coefficients, eps, outs } of schulz.cases) {
  for (const { nsSteps, out } of outs) {
    test(`Newton-Schulz of ${shape.join(" x ")}, ${nsSteps} steps`, () => {
      const g = tensor(decode(grad, "float32"), { shape });
      const result = zeropower_via_newtonschulz(g, coefficients, nsSteps, eps);
      assert.equal(result.shape, shape);
      assert.is(differing(result.data, decode(out, "float32")), 0);
    });
  }
}

for (const { lr, fn, shape, adjusted } of schulz.adjustLr) {
  test(`lr ${lr} adjusted by ${fn} for ${shape.join(" x ")}`, () => {
    assert.is(adjustLr(lr, fn, shape), adjusted);
  });
}

const { inputs, cases } = golden<GoldenFile>("Muon");

async function differences(recorded: Case, Class: typeof Muon): Promise<string[]> {
  return await replay(inputs[recorded.inputs]!, recorded, (groups, options) => {
    return new Class(groups, options) as never;
  });
}

for (const recorded of cases) {
  test(`Muon ${recorded.name}`, async () => {
    assert.equal(await differences(recorded, Muon), []);
  });
}

const mutations: [what: string, from: string, to: string, imported?: string][] = [
  [
    "decay after the update",
    "round(x[i] * decay, single) + round(size * turned[i], single)",
    "round(x[i] + round(size * turned[i], single), single) * decay",
  ],
  [
    "inner products summed one after the other",
    "tall && step === 0",
    "true",
    "./muon/newton_schulz.ts",
  ],
  ["lerp from the far end", "Math.abs(w) < 0.5", "Math.abs(w) >= 0.5", "./lerp.ts"],
];
for (const [what, from, to, imported] of mutations) {
  test(`the record notices ${what}`, async () => {
    const module = await mutant<{ Muon: typeof Muon }>("optim/muon.ts", from, to, imported);
    const found = await Promise.all(cases.map((recorded) => differences(recorded, module.Muon)));
    assert.ok(found.flat().length > 0);
  });
}

/** PyTorch's sums, said as plainly as possible. */
function plainSum(terms: number[], partials: number): number {
  const whole = terms.length - (terms.length % partials);
  const sums = new Float32Array(partials);
  terms.slice(0, whole).forEach((term, l) => (sums[l % partials]! += term));
  const left = terms.slice(whole);
  if (partials === 4) for (const term of left) sums[0]! += term;
  const total = sums.reduce((sum, partial) => Math.fround(sum + partial));
  return partials === 4 ? total : left.reduce((sum, term) => Math.fround(sum + term), total);
}

function random(rows: number, cols: number): Matrix {
  const next = rng(rows * 1000 + cols);
  const data = Float32Array.from({ length: rows * cols }, () => (next() - 0.5) * 2 ** (next() * 9));
  return matrix(roundToBfloat16(data), rows, cols);
}

const row = ({ data, strides: [down, right], cols }: Matrix, i: number) =>
  Array.from({ length: cols }, (_, l) => data[i * down + l * right]!);

const shapes = [
  [1, 1, 1],
  [2, 3, 3],
  [3, 17, 4],
  [5, 15, 18],
  [16, 16, 16],
  [17, 33, 19],
  [34, 5, 65],
  [7, 130, 3],
] as const;
for (const [n, k, m] of shapes) {
  for (const partials of [1, 4, 16] as const) {
    test(`products of ${n} x ${k} and ${m} x ${k} in ${partials} partial sums`, () => {
      const a = random(n, k);
      for (const b of [a, random(m, k), transposed(random(k, m))]) {
        const expected = Array.from({ length: n }, (_, i) =>
          Array.from({ length: b.rows }, (_, j) => {
            const other = row(b, j);
            return plainSum(
              row(a, i).map((x, l) => Math.fround(x * other[l]!)),
              partials,
            );
          }),
        ).flat();
        assert.is(differing(products(a, b, partials), expected), 0);
      }
    });
  }
}

const rounded: [x: number, nearest: number][] = [
  [1, 1],
  [1 + 2 ** -8, 1],
  [1 + 3 * 2 ** -8, 1 + 2 ** -6],
  [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
  [-0.1, -0.10009765625],
  [3.4e38, Infinity],
  [-Infinity, -Infinity],
  [NaN, NaN],
  [2 ** -149, 0],
];
for (const [x, nearest] of rounded) {
  test(`the bfloat16 nearest to ${x} is ${nearest}`, () => {
    assert.ok(Object.is(bfloat16(x), nearest), String(bfloat16(x)));
  });
}

const eye = () =>
  tensor(
    [
      [2, 0],
      [0, 1],
    ],
    { requires_grad: true },
  );
const wrong: [what: string, options: object, message: string][] = [
  [
    "100 steps",
    { ns_steps: 100 },
    "Number of steps must be less than 100 for computational efficiency",
  ],
  [
    "two coefficients",
    { ns_coefficients: [1, 2] },
    "Coefficients must be a tuple of exactly 3 values",
  ],
];
for (const [what, options, message] of wrong) {
  test(`step refuses ${what}, and nothing has moved`, () => {
    const w = eye();
    const opt = new Muon([w], options);
    w.grad = eye();
    assert.throws(
      () => opt.step(),
      (error: Error) => {
        assert.is(`${error.name}: ${error.message}`, `ValueError: ${message}`);
        return true;
      },
    );
    assert.is(opt.state.size, 0);
    assert.equal(w.data, eye().data);
  });
}

test("step refuses a vector that came in later, and a sparse gradient", () => {
  const [w, late] = [eye(), tensor([1, 2])];
  const opt = new Muon([w]);
  opt.add_param_group({ params: late });
  late.grad = tensor([1, 1]);
  assert.throws(() => opt.step(), /^Input tensor gradient must be a 2D matrix$/);
  w.grad = sparse_coo_tensor([[1]], [[1, 2]], [2, 2]);
  assert.throws(() => opt.step(), /^Muon does not support sparse gradients$/);
});

test("a float64 matrix keeps its digits; its update has those of bfloat16", () => {
  const w = tensor(
    [
      [1 / 3, 0],
      [0, 1],
    ],
    { dtype: "float64" },
  );
  const opt = new Muon([w], { lr: 0.5, weight_decay: 0, ns_steps: 0 });
  w.grad = tensor(
    [
      [0, 1],
      [0, 0],
    ],
    { dtype: "float64" },
  );
  opt.step();
  assert.equal(w.tolist(), [
    [1 / 3, -0.5],
    [0, 1],
  ]);
});

test("a matrix of zeros moves nothing, one of NaN only itself", () => {
  const [still, lost] = [eye(), eye()];
  const opt = new Muon([still, lost], { weight_decay: 0 });
  still.grad = tensor([
    [0, 0],
    [0, 0],
  ]);
  lost.grad = tensor([
    [NaN, 0],
    [0, 1],
  ]);
  opt.step();
  assert.equal(still.data, eye().data);
  assert.ok(lost.data.every(Number.isNaN));
});

test("training goes on from a state_dict", () => {
  const train = (opt: Muon, w: ReturnType<typeof eye>, steps: number) => {
    for (let i = 0; i < steps; i++) {
      w.grad = tensor([
        [w.data[1]!, i],
        [1, w.data[2]!],
      ]);
      opt.step();
    }
  };
  const [straight, first] = [eye(), eye()];
  const [one, two] = [new Muon([straight]), new Muon([first])];
  train(one, straight, 2);
  train(one, straight, 2);
  train(two, first, 2);
  const copy = tensor(first.data, { shape: [2, 2], requires_grad: true });
  const resumed = new Muon([copy], { lr: 9 });
  resumed.load_state_dict(two.state_dict());
  train(resumed, copy, 2);
  assert.equal(copy.data, straight.data);
});

test.run();
