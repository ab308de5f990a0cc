/**
 * Sums, norms and Adafactor on tensors that are longer or have more dimensions than those recorded
 * with PyTorch 2.14.1. These were recorded with 1.13.1, from operations that both versions have.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Data, type Dtype, rng, type Tensor, tensor } from "../../lib/autograd/index.ts";
import { Adafactor } from "../../lib/optim/index.ts";
import { norm2, norm2Columns, sum } from "../../lib/kernels/reduce/cpu.ts";
import { decode, differing, golden } from "./golden.ts";

interface Reductions {
  sums: [dtype: Dtype, length: number, sum: number][];
  /** float32 */
  norms: [length: number, norm: number][];
  columns: [rows: number, cols: number, norms: string][];
  adafactor: { shape: number[]; param: string; row_var: string; col_var: string }[];
}

const recorded = golden<Reductions>("reductions");

/** The numbers that were summed: of very different sizes, so that the order of sums shows. */
function numbers(seed: number, length: number, dtype: Dtype = "float32"): Data {
  const random = rng(seed);
  const draw = () => {
    const u = random();
    return (u - 0.5) * 2 ** (Math.floor(random() * 20) - 10);
  };
  return tensor(Array.from({ length }, draw), { dtype }).data;
}

for (const [dtype, length, expected] of recorded.sums) {
  test(`the sum of ${length} ${dtype}`, () => {
    assert.is(sum(numbers(length, length, dtype)), expected);
  });
}

for (const [length, expected] of recorded.norms) {
  test(`the norm of ${length} float32`, () => {
    assert.is(norm2(numbers(length, length)), expected);
  });
}

for (const [rows, cols, norms] of recorded.columns) {
  test(`the norms of the columns of ${rows} x ${cols}`, () => {
    const matrix = numbers(rows * 100 + cols, rows * cols);
    assert.is(differing(norm2Columns(matrix, cols), decode(norms, "float32")), 0);
  });
}

recorded.adafactor.forEach(({ shape, param, row_var, col_var }, k) => {
  test(`Adafactor on a tensor of ${shape.join(" x ")}`, () => {
    const size = shape.reduce((a, b) => a * b);
    const w = tensor(numbers(1000 + k, size), { shape, requires_grad: true });
    const opt = new Adafactor([w], { lr: 0.1, weight_decay: 0.01 });
    for (let step = 0; step < 3; step++) {
      w.grad = tensor(numbers(2000 + 10 * k + step, size), { shape });
      opt.step();
    }
    const state = opt.state.get(w) as unknown as { row_var: Tensor; col_var: Tensor };
    assert.equal(state.row_var.shape, [...shape.slice(0, -1), 1]);
    assert.equal(state.col_var.shape, [...shape.slice(0, -2), 1, shape.at(-1)]);
    assert.is(differing(w.data, decode(param, "float32")), 0);
    assert.is(differing(state.row_var.data, decode(row_var, "float32")), 0);
    assert.is(differing(state.col_var.data, decode(col_var, "float32")), 0);
  });
});

test.run();
