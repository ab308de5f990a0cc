import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  gauss,
  gradcheck,
  no_grad,
  ones,
  rng,
  sample,
  type Shape,
  type Tensor,
  tensor,
  zeros,
} from "../../lib/autograd/index.ts";
import { Tensor as TensorClass } from "../../lib/autograd/tensor.ts";

const normal = gauss(rng(7));
const leaf = (shape: Shape, values = normal) =>
  sample(values, shape, { dtype: "float64", requires_grad: true });

test("gradcheck notices a wrong derivative", () => {
  const wrong = (a: Tensor) => a.mul(a.detach());
  assert.throws(
    () => gradcheck(wrong, [leaf([2])]),
    /input 0, element 0, output element 0: backward says/,
  );
});

test("derivatives of derivatives, with create_graph", () => {
  const x = tensor([2], { dtype: "float64", requires_grad: true });
  x.pow(3).sum().backward(undefined, { create_graph: true });
  const slope = x.grad!;
  x.grad = null;
  slope.sum().backward();
  assert.is(x.grad!.item(), 12);
});

test("float32 rounds after every operation, float64 never", () => {
  const third = tensor(1).div(3);
  assert.is(third.item(), Math.fround(1 / 3));
  assert.is(third.mul(3).item(), Math.fround(Math.fround(1 / 3) * 3));
  assert.is(tensor(1, { dtype: "float64" }).div(3).item(), 1 / 3);
  assert.is(tensor([0.1]).mul(0.1).item(), Math.fround(Math.fround(0.1) * Math.fround(0.1)));
});

test("a single number does not change the type of the tensor that it meets", () => {
  const single = tensor([1, 2]);
  const double = tensor([1, 2], { dtype: "float64" });
  assert.is(single.add(tensor(1, { dtype: "float64" })).dtype, "float32");
  assert.is(single.add(double).dtype, "float64");
  assert.is(double.to("float32").dtype, "float32");
});

test("grad is null at first, then accumulates, and does not share memory", () => {
  const [a, b] = [ones([2], { requires_grad: true }), ones([2], { requires_grad: true })];
  assert.is(a.grad, null);
  a.add(b).sum().backward();
  a.add(b).sum().backward();
  assert.equal(a.grad!.tolist(), [2, 2]);
  a.grad!.zero_();
  assert.equal(b.grad!.tolist(), [2, 2]);
});

test("a long chain does not overflow the stack", () => {
  let x = tensor([1], { requires_grad: true });
  const start = x;
  for (let i = 0; i < 50_000; i++) x = x.add(1);
  x.sum().backward();
  assert.equal(start.grad!.tolist(), [1]);
});

const w = () => tensor([1, 2, 3], { requires_grad: true });
const errors: [name: string, run: () => unknown, message: RegExp][] = [
  ["shapes that do not broadcast", () => zeros([2, 3]).add(zeros([4])), /\[2, 3\] and \[4\]/],
  [
    "matmul",
    () => zeros([2, 3]).matmul(zeros([2, 3])),
    /cannot be multiplied \(2x3 and 2x3\): \[2, 3\]/,
  ],
  ["dot", () => zeros([2]).dot(zeros([3])), /\[2\] and \[3\]/],
  ["reshape", () => zeros([2, 3]).reshape([4]), /shape '\[4\]' is invalid for input of size 6/],
  [
    "dimension",
    () => zeros([2, 3]).sum(2),
    /Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)/,
  ],
  ["index", () => zeros([2, 3]).at(2), /index 2 is out of bounds for dimension 0 with size 2/],
  ["row", () => zeros([2, 3]).index_select(0, [5]), /index 5 is out of bounds for dimension 0/],
  ["ragged values", () => tensor([[1, 2], [3]]), /row 1 has shape \[1\], but row 0 has \[2\]/],
  ["values", () => tensor("a" as never), /values: a/],
  ["shape of values", () => tensor([1, 2, 3], { shape: [2] }), /takes 2 values, but 3/],
  ["item", () => zeros([3]).item(), /a Tensor with 3 elements cannot be converted to Scalar/],
  ["backward of many", () => w().mul(2).backward(), /only for scalar outputs: this one is \[3\]/],
  ["backward of nothing", () => zeros([]).backward(), /requires_grad: true/],
  [
    "grad of another shape",
    () => (w().grad = zeros([3, 1])),
    /^attempting to assign a gradient of size '\[3, 1\]' to a tensor of size '\[3\]'\. Please ensure that the gradient and the tensor are the same size$/,
  ],
  [
    "grad of another type",
    () => (w().grad = zeros([3], { dtype: "float64" })),
    /^attempting to assign a gradient with dtype 'float64' to a tensor with grad_dtype 'float32'\. The gradient must match the tensor's grad_dtype/,
  ],
  [
    "grad that is a number",
    () => (w().grad = 3 as never),
    /^assigned grad expected to be a Tensor or None but got grad of type number$/,
  ],
  [
    "hook that changes the size",
    () => {
      const x = w();
      x.register_hook(function halve() {
        return zeros([1]);
      });
      x.sum().backward();
    },
    /^hook 'halve' has changed the size of value: \[1\] in place of \[3\]$/,
  ],
  [
    "grad of itself",
    () => {
      const x = w();
      x.grad = x;
    },
    /^can't assign Variable as its own grad$/,
  ],
  ["change in place", () => w().add_(1), /no_grad\(\(\) => ...\)/],
  [
    "backward twice",
    () => {
      const y = w().mul(2).sum();
      y.backward();
      y.backward();
    },
    /a second time.*retain_graph: true/,
  ],
  [
    "a value that changed before backward",
    () => {
      const x = w();
      const y = x.mul(x).sum();
      no_grad(() => x.add_(1));
      y.backward();
    },
    /modified by an inplace operation: .* at version 1; expected version 0/,
  ],
];

for (const [name, run, message] of errors) {
  test(`error: ${name}`, () => assert.throws(run, message));
}

test("a changed value that the derivative does not need is no error", () => {
  const x = w();
  const y = x.add(1).sum();
  no_grad(() => x.add_(1));
  y.backward();
  assert.equal(x.grad!.tolist(), [1, 1, 1]);
});

const printed: [value: Tensor, text: string][] = [
  [tensor([1, 2]), "tensor([1., 2.])"],
  [tensor([1, 2.5]), "tensor([1.0000, 2.5000])"],
  [tensor(0.5, { requires_grad: true }), "tensor(0.5000, requires_grad=true)"],
  [tensor([1e-5, 1]), "tensor([1.0000e-05, 1.0000e+00])"],
  [tensor([NaN, Infinity, -1]), "tensor([nan, inf, -1.])"],
  [
    tensor([
      [1, -2],
      [3, 4],
    ]),
    "tensor([[ 1., -2.],\n        [ 3.,  4.]])",
  ],
  [tensor([1, 2], { dtype: "float64" }), "tensor([1., 2.], dtype=float64)"],
  [ones([1], { requires_grad: true }).mul(2), "tensor([2.], grad_fn=<mul>)"],
  [zeros([0]), "tensor([])"],
  [zeros([2, 0]), "tensor([], size=[2, 0])"],
  [zeros([2000]), "tensor([0., 0., 0., ..., 0., 0., 0.])"],
];

for (const [value, text] of printed) {
  test(`prints ${text.replace(/\s+/g, " ")}`, () => assert.is(String(value), text));
}

/** The statistics are NumPy's: min, max, mean, std(ddof=1). */
const shownInNotebooks: [value: Tensor, statistics: string | undefined][] = [
  [tensor([1]), undefined],
  [zeros([3, 3]), undefined],
  [zeros([0, 4]), undefined],
  [tensor(grid(2, 5)), "shape [2, 5], min 0, max 9, mean 4.5, std 3.028"],
  [
    tensor([1.5, -2, 4, 8, 16, 32, 64, 128, -256, 512]),
    "shape [10], min -256, max 512, mean 50.75, std 189.7",
  ],
  // Two large sums, subtracted, would give no deviation at all.
  [
    tensor(
      Array.from({ length: 11 }, (_, i) => 1_000_000 + i / 10),
      { dtype: "float64" },
    ),
    "shape [11], min 1000000, max 1000000, mean 1000000, std 0.3317",
  ],
  [
    tensor([NaN, Infinity, -Infinity, NaN, 1, 2, 3, 4, 5, 6]),
    "shape [10], min 1, max 6, mean 3.5, std 1.871, 2 nan, 2 inf",
  ],
  [tensor(Array<number>(10).fill(NaN)), "shape [10], 10 nan"],
];

for (const [value, statistics] of shownInNotebooks) {
  test(`a notebook shows a tensor and ${statistics ?? "nothing else"}`, () => {
    const method = (value as unknown as Record<symbol, () => unknown>)[
      Symbol.for("Jupyter.display")
    ];
    const text = [String(value), ...(statistics ? [statistics] : [])].join("\n");
    assert.equal(method!.call(value), { "text/plain": text });
  });
}

test("a tensor is an instance of the class that is exported", () => {
  assert.ok(tensor([1]) instanceof TensorClass);
});

function grid(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => row * columns + column),
  );
}

test.run();
