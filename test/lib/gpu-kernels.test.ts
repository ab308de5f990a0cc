/// <reference types="@webgpu/types" />
/** The hand-written kernels beside their CPU twins: sums, products, Newton-Schulz. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rng, tensor } from "../../lib/autograd/index.ts";
import { gpu } from "../../lib/kernels/index.ts";
import { matrix, type Partials, products, transposed } from "../../lib/kernels/matmul/cpu.ts";
import * as twin from "../../lib/kernels/matmul/gpu.ts";
import * as cpu from "../../lib/kernels/reduce/cpu.ts";
import { SGD, zeropower_via_newtonschulz_on_gpu } from "../../lib/optim/index.ts";
import { decode, differing, golden } from "./golden.ts";
import { onGpu } from "./gpu.ts";

/** Numbers of very different sizes, so that the order of sums shows. */
function numbers(seed: number, length: number): Float32Array {
  const random = rng(seed);
  const draw = () => (random() - 0.5) * 2 ** (Math.floor(random() * 20) - 10);
  return Float32Array.from({ length }, draw);
}

const LENGTHS = [0, 1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 100, 511, 1000, 4101, 131_083, 2 ** 20 + 1];
for (const length of LENGTHS) {
  onGpu(`sum, norm and dot of ${length} numbers`, async () => {
    const [x, y] = [numbers(length, length), numbers(length + 1, length)];
    assert.is(await gpu.sum(tensor(x)), cpu.sum(x));
    assert.is(await gpu.norm(tensor(x)), cpu.norm2(x));
    const products = x.map((value, i) => value * y[i]!);
    const dot = await gpu.dot(tensor(x), tensor(y));
    assert.is(dot, cpu.sum(products));
    // One after the other each addition may round: by 2^-24 of a partial sum, at most all sizes.
    const sizes = products.reduce((sum, value) => sum + Math.abs(value), 0);
    assert.ok(Math.abs(dot - cpu.dot(x, y)) <= length * 2 ** -24 * sizes);
  });
}

const recorded = golden<{
  sums: [dtype: string, length: number, sum: number][];
  norms: [length: number, norm: number][];
}>("reductions");
onGpu("the sums and norms that were recorded with PyTorch", async () => {
  for (const [dtype, length, expected] of recorded.sums) {
    if (dtype === "float32") assert.is(await gpu.sum(numbers(length, length)), expected);
  }
  for (const [length, expected] of recorded.norms) {
    assert.is(await gpu.norm(numbers(length, length)), expected);
  }
});

onGpu("numbers that are on the GPU are summed there, without a read", async () => {
  const w = tensor(new Float32Array(1000), { requires_grad: true });
  w.grad = tensor(new Float32Array(1000).fill(-3));
  new SGD([tensor([1], { requires_grad: true }), w], { lr: 1 }).step();
  assert.is(await gpu.sum(w), 3000);
  assert.is(await gpu.norm(w), cpu.norm2(new Float32Array(1000).fill(3)));
  assert.throws(() => w.data, /await w\.read\(\)/);
});

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
  for (const partials of [1, 4, 16] as const satisfies readonly Partials[]) {
    onGpu(`products of ${n} x ${k} and ${m} x ${k} in ${partials} partial sums`, async () => {
      const [a, b] = [numbers(n * k, n * k), numbers(m * k + 1, m * k)];
      for (const other of [matrix(b, m, k), transposed(matrix(b, k, m))]) {
        const scratch = gpu.scratch();
        const first = twin.gpuMatrix(scratch.numbers(a), n, k);
        const second = { ...other, numbers: scratch.numbers(b) };
        const { numbers: result } = twin.products(scratch, first, second, partials);
        const expected = products(matrix(a, n, k), other, partials);
        assert.is(differing(await scratch.read(result), expected), 0);
      }
    });
  }
}

onGpu("the order of additions shows in the last bits", async () => {
  const a = numbers(5, 50 * 70);
  const of = (partials: Partials) => products(matrix(a, 50, 70), matrix(a, 50, 70), partials);
  assert.ok(differing(of(4), of(16)) > 0);
  assert.ok(differing(of(4), of(1)) > 0);
});

onGpu("matmul is near to that of tensors, which adds in double", async () => {
  const [n, k, m] = [33, 100, 65];
  const [a, b] = [
    tensor(numbers(1, n * k), { shape: [n, k] }),
    tensor(numbers(2, k * m), { shape: [k, m] }),
  ];
  const result = await gpu.matmul(a, b);
  assert.equal(result.shape, [n, m]);
  const expected = a.matmul(b);
  const sizes = a.abs().matmul(b.abs());
  // Each of k products and of as many additions rounds by 2^-24 at most.
  result.data.forEach((value, i) => {
    assert.ok(Math.abs(value - expected.data[i]!) <= (k + 1) * 2 ** -24 * sizes.data[i]!);
  });
  assert.throws(
    () => gpu.matmul(a, a),
    /^mat1 and mat2 shapes cannot be multiplied \(33x100 and 33x100\)/,
  );
});

const schulz = golden<{
  cases: {
    shape: [number, number];
    grad: string;
    coefficients: number[];
    eps: number;
    outs: { nsSteps: number; out: string }[];
  }[];
}>("Muon_newton_schulz");
for (const { shape, grad, coefficients, eps, outs } of schulz.cases) {
  onGpu(`Newton-Schulz of ${shape.join(" x ")} has the bits of PyTorch`, async () => {
    for (const { nsSteps, out } of outs) {
      const g = tensor(decode(grad, "float32"), { shape });
      const result = await zeropower_via_newtonschulz_on_gpu(g, coefficients, nsSteps, eps);
      assert.equal(result.shape, shape);
      assert.is(differing(result.data, decode(out, "float32")), 0);
    }
  });
}

onGpu("float64 is refused, with what to do", async () => {
  const x = tensor([1], { dtype: "float64" });
  assert.throws(() => gpu.sum(x), /^dtype: float64\. A GPU computes in float32/);
});

test.run();
