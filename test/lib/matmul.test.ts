/** The kernel for products of matrices: the bits of the plain loop, for every shape and type. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { grad, rng, sample, tensor, type Tensor } from "../../lib/autograd/index.ts";
import { multiplyInWasm } from "../../lib/autograd/matrix_kernel.ts";
import { linear } from "../../lib/nn/functional.ts";

// prettier-ignore
const shapes: [n: number, k: number, m: number][] = [
  [1, 1, 1], [2, 3, 4], [3, 5, 7], [1, 300, 1], [33, 1, 5], [5, 7, 130], [64, 64, 32], [65, 129, 33],
];

/** Every element summed in double, one product after the other, and rounded once. */
function plain(x: Tensor, y: Tensor): number[] {
  const [[n, k], m] = [x.shape as [number, number], y.shape[1]!];
  const out = x.data.slice(0, 0);
  const result = new (out.constructor as Float32ArrayConstructor)(n * m);
  for (let i = 0; i < n; i++) {
    for (let l = 0; l < m; l++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += x.data[i * k + j]! * y.data[j * m + l]!;
      result[i * m + l] = sum;
    }
  }
  return [...result];
}

for (const dtype of ["float32", "float64"] as const) {
  for (const [n, k, m] of shapes) {
    test(`[${n}, ${k}] by [${k}, ${m}], ${dtype}`, () => {
      const random = rng(n + k + m);
      const normal = () => random() - 0.5;
      const [x, y] = [sample(normal, [n, k], { dtype }), sample(normal, [k, m], { dtype })];
      const expected = plain(x, y);
      const out = new (x.data.constructor as Float32ArrayConstructor)(n * m);
      multiplyInWasm(
        { data: x.data, rows: n, cols: k, down: k, right: 1 },
        { data: y.data, rows: k, cols: m, down: m, right: 1 },
        out,
      );
      assert.equal([...out], expected);
      assert.equal([...x.matmul(y).data], expected);
    });
  }
}

for (const dtype of ["float32", "float64"] as const) {
  for (const [n, k, m] of shapes) {
    test(`[${n}, ${k}] by the transpose of [${m}, ${k}], and back, ${dtype}`, () => {
      const random = rng(n * k + m);
      const draw = (shape: number[]) => sample(() => random() - 0.5, shape, { dtype });
      const [x, w, g] = [draw([n, k]), draw([m, k]), draw([n, m])];
      const made = [x, w].map((each) => each.clone().requires_grad_());
      const read = [x, w].map((each) => each.clone().requires_grad_());
      const y = made[0]!.matmul(made[1]!.transpose());
      const z = linear(read[0]!, read[1]!);
      assert.equal([...z.data], [...y.data]);
      // Twice: the way back has products of its own, whose ways back are others again.
      const slopes = [made, read].map((inputs, i) => {
        const first = grad([y, z][i]!.mul(g).sum(), inputs, { create_graph: true });
        const second = grad(first[0]!.mul(x).sum().add(first[1]!.pow(2).sum()), inputs);
        return [...first, ...second].map((each) => [...each.data]);
      });
      assert.equal(slopes[1], slopes[0]);
    });
  }
}

test("what an earlier product left behind is never seen", () => {
  const bad = tensor(new Float64Array(64 * 64).fill(NaN), { shape: [64, 64] });
  assert.ok(bad.matmul(bad).data.every(Number.isNaN));
  const [x, y] = [sample(rng(1), [3, 40]), sample(rng(2), [40, 37])];
  assert.equal([...x.matmul(y).data], plain(x, y));
});

test("products without elements", () => {
  assert.equal(tensor([], { shape: [0, 3] }).matmul(tensor([[1], [2], [3]])).shape, [0, 1]);
  const empty = tensor([], { shape: [2, 0] }).matmul(tensor([], { shape: [0, 2] }));
  assert.equal(empty.tolist(), [
    [0, 0],
    [0, 0],
  ]);
});

test.run();
