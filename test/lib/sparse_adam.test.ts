/** SparseAdam against PyTorch's recorded trajectories, and the sparse gradients that it needs. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Dtype, type Tensor, tensor, zeros } from "../../lib/autograd/index.ts";
import { sparse_coo_tensor, SparseTensor } from "../../lib/autograd/sparse.ts";
import { RMSprop, SparseAdam } from "../../lib/optim/index.ts";
import { type Case, decode, differing, golden, plain } from "./golden.ts";
import { mutant } from "./mutant.ts";

interface RecordedGrad {
  indices: number[][];
  values: string;
}

interface SparseCase extends Omit<Case, "inputs" | "events"> {
  dtype: Dtype;
  shapes: number[][];
  params: string[];
  grads: (RecordedGrad | null)[][];
}

const { cases } = golden<{ cases: SparseCase[] }>("SparseAdam");

function gradient({ indices, values }: RecordedGrad, shape: number[], dtype: Dtype): SparseTensor {
  const kept = [indices[0]!.length, ...shape.slice(indices.length)];
  return sparse_coo_tensor(indices, tensor(decode(values, dtype), { shape: kept, dtype }), shape);
}

/** Replays a case; what differs from the record, and where. */
function replay(recorded: SparseCase, Class: typeof SparseAdam): string[] {
  const { dtype, shapes } = recorded;
  const params = recorded.params.map((text, i) =>
    tensor(decode(text, dtype), { shape: shapes[i]!, dtype, requires_grad: true }),
  );
  const groups = recorded.groups.map((group) => ({
    ...group,
    params: group.params.map((i) => params[i]!),
  }));
  const optimizer = new Class(groups, recorded.kwargs);
  const found: string[] = [];
  const compare = (where: string, actual: ArrayLike<number>, expected: ArrayLike<number>) => {
    const count = differing(actual, expected);
    if (count > 0) found.push(`${where}: ${count} of ${expected.length} differ`);
  };
  recorded.grads.forEach((grads, index) => {
    params.forEach((param, i) => {
      param.grad = grads[i] == null ? null : gradient(grads[i], shapes[i]!, dtype);
    });
    optimizer.step();
    const snapshot = recorded.snapshots.find(({ step }) => step === index + 1);
    if (snapshot === undefined) return;
    groups
      .flatMap(({ params }) => params)
      .forEach((param, k) => {
        const where = `step ${index + 1} parameter ${k}`;
        compare(where, param.data, decode(snapshot.params[k]!, dtype));
        const state = optimizer.state.get(param) ?? {};
        assert.equal(Object.keys(state), Object.keys(snapshot.state[k]!));
        for (const [name, text] of Object.entries(snapshot.state[k]!)) {
          const value = plain(text);
          if (name === "step") assert.is(state.step, value);
          else compare(`${where} ${name}`, (state[name] as Tensor).data, (value as Tensor).data);
        }
      });
  });
  recorded.paramGroups.forEach((expected, i) => {
    const { params: _, ...options } = optimizer.param_groups[i]!;
    const values = Object.entries(expected).map(([key, value]) => [key, plain(value)]);
    assert.equal(Object.entries(options), values);
  });
  return found;
}

for (const recorded of cases) {
  test(`SparseAdam ${recorded.name}`, () => assert.equal(replay(recorded, SparseAdam), []));
}

const mutations: [what: string, from: string, to: string][] = [
  [
    "the average as beta * m + (1 - beta) * g",
    "R(R(g - m[i]) * new1)",
    "R(R(g * new1) - R(m[i] * new1))",
  ],
  [
    "the step size divided first",
    "R(stepSize * R(m[i] / denominator))",
    "R(R(stepSize * m[i]) / denominator)",
  ],
  ["duplicates not summed first", "param.grad.coalesce()", "param.grad"],
];
for (const [what, from, to] of mutations) {
  test(`the record notices ${what}`, async () => {
    const { SparseAdam: Mutant } = await mutant<{ SparseAdam: typeof SparseAdam }>(
      "optim/sparse_adam.ts",
      from,
      to,
    );
    const differences = cases.flatMap((recorded) => replay(recorded, Mutant));
    assert.ok(differences.length > 0);
  });
}

const rows = (data: number[][] | number[], indices = [[1]]) =>
  sparse_coo_tensor(indices, data, [3, 2]);

test("a dense gradient is refused, and nothing of its group has moved", () => {
  const [a, b] = [zeros([3, 2]), zeros([3, 2])];
  const opt = new SparseAdam([a, b]);
  a.grad = rows([[1, 1]]);
  b.grad = zeros([3, 2]);
  assert.throws(
    () => opt.step(),
    (error: Error) => {
      assert.is(error.name, "RuntimeError");
      assert.is(
        error.message,
        "SparseAdam does not support dense gradients, please consider Adam instead",
      );
      return true;
    },
  );
  assert.is(opt.state.size, 0);
  assert.equal(a.data, zeros([3, 2]).data);
});

test("a sparse parameter is refused", () => {
  assert.throws(
    () => new SparseAdam([zeros([2]), rows([[1, 1]])]),
    (error: Error) => {
      assert.is(error.name, "ValueError");
      assert.match(error.message, "Sparse params at indices [[0, 1]]: SparseAdam requires dense");
      return true;
    },
  );
});

test("one touch, then a hundred idle steps: an untouched row stands still", () => {
  const w = tensor([[1], [1]], { requires_grad: true });
  const opt = new SparseAdam([w], { lr: 0.1 });
  const touch = (index: number[], values: number[]) =>
    sparse_coo_tensor([index], tensor(values, { shape: [values.length, 1] }), [2, 1]);
  w.grad = touch([0], [1]);
  opt.step();
  const after = w.data.slice();
  for (let i = 0; i < 100; i++) {
    w.grad = touch([], []);
    opt.step();
  }
  assert.equal(w.data, after);
  assert.is(opt.state.get(w)!.step, 101);
});

test("training goes on from a state_dict", () => {
  const train = (opt: SparseAdam, w: Tensor, steps: number) => {
    for (let i = 0; i < steps; i++) {
      w.grad = rows([[w.data[2]!, 1]], [[i % 3]]);
      opt.step();
    }
  };
  const start = () => tensor([1, 2, 3, 4, 5, 6], { shape: [3, 2], requires_grad: true });
  const [straight, w] = [start(), start()];
  const [one, two] = [new SparseAdam([straight]), new SparseAdam([w])];
  train(one, straight, 3);
  train(one, straight, 3);
  train(two, w, 3);
  const copy = tensor(w.data, { shape: [3, 2], requires_grad: true });
  const resumed = new SparseAdam([copy], { lr: 9 });
  resumed.load_state_dict(two.state_dict());
  train(resumed, copy, 3);
  assert.equal(copy.data, straight.data);
});

test("a sparse tensor read as a dense one is an error that names the way out", () => {
  assert.throws(
    () => rows([[1, 1]]).mul(2),
    /sparse and has only indices and values. Use to_dense/,
  );
  const w = zeros([3, 2]);
  w.grad = rows([[1, 1]]);
  assert.throws(() => new RMSprop([w]).step(), /sparse/);
});

test("gradients of two uses add up: all entries, or all elements if one use is dense", () => {
  const [a, b] = [rows([[1, 2]], [[2]]), rows([[10, 20]], [[2]])];
  const both = a.add(b) as SparseTensor;
  assert.equal(
    [both.indices.map((places) => [...places]), both.values.tolist()],
    [
      [[2, 2]],
      [
        [1, 2],
        [10, 20],
      ],
    ],
  );
  const dense = [
    [1, 1],
    [1, 1],
    [2, 3],
  ];
  assert.equal(
    a
      .add(
        tensor([
          [1, 1],
          [1, 1],
          [1, 1],
        ]),
      )
      .tolist(),
    dense,
  );
  const byElement = sparse_coo_tensor(
    [
      [2, 0],
      [1, 0],
    ],
    [1, 5],
    [3, 2],
  );
  assert.equal(a.add(byElement).tolist(), [
    [5, 0],
    [0, 0],
    [1, 3],
  ]);
});

const wrong: [what: string, make: () => unknown, message: RegExp][] = [
  ["an index too large", () => rows([[1, 2]], [[3]]), /^index: 3 in dimension 0 of \[3, 2\]/],
  ["a negative index", () => rows([[1, 2]], [[-1]]), /^index: -1 in dimension 0/],
  ["an index between", () => rows([[1, 2]], [[0.5]]), /^index: 0.5 in dimension 0/],
  ["indices of two lengths", () => rows([1, 2], [[0, 1], [0]]), /^indices: dimension 1 has 1/],
  ["too few values", () => rows([[1, 2]], [[0, 1]]), /^values: \[1, 2\].* of shape \[2, 2\]$/],
  ["too many dimensions", () => rows([1], [[0], [0], [0]]), /^index: 0 in dimension 2 of \[3, 2\]/],
];
for (const [what, make, message] of wrong) {
  test(`sparse_coo_tensor refuses ${what}`, () => assert.throws(make, message));
}

test("coalesce adds in the order given, and keeps the dtype", () => {
  // In double 1 + 1e-8 survives; in float32 each addition is rounded.
  const parts = [1, 2 ** -24, 2 ** -24];
  const at = [[1, 1, 1]];
  for (const [dtype, expected] of [
    ["float32", 1],
    ["float64", 1 + 2 ** -23],
  ] as const) {
    const sum = sparse_coo_tensor(at, tensor(parts, { dtype }), [2]).coalesce();
    assert.is(sum.dtype, dtype);
    assert.is(sum.values.data[0], expected);
  }
});

test.run();
