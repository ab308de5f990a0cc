/** Every operation's derivative, and the derivative of that, against measured slopes. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  cat,
  gauss,
  gradcheck,
  gradgradcheck,
  rng,
  sample,
  type Shape,
  stack,
  tensor,
  Tensor,
  where,
} from "../../lib/autograd/index.ts";
import { ops } from "../../lib/autograd/ops.ts";

const normal = gauss(rng(7));
type Make = (shape: Shape) => Tensor;
const make = (next: () => number): Make => {
  return (shape) => sample(next, shape, { dtype: "float64", requires_grad: true });
};
const any = make(normal);
/** Away from 0, where roots, logarithms and quotients have no slope. */
const positive = make(() => 0.5 + Math.abs(normal()));
const nonzero = make(() => {
  const x = normal();
  return x + Math.sign(x) * 0.2;
});

type Fn = (...inputs: Tensor[]) => Tensor;
type Row = [name: string, fn: Fn, ...inputs: Shape[]];

/** Shapes that broadcast, the odd ones included. */
const pairs: [Shape, Shape][] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 3],
    [2, 1],
  ],
  [
    [2, 1],
    [1, 3],
  ],
  [[3], [2, 3]],
  [[], [4]],
  [[4], []],
  [[], []],
  [[1], [2, 1, 2]],
  [
    [2, 1, 2],
    [3, 1],
  ],
  [[0, 2], [2]],
];

const unary: Record<string, [fn: Fn, make: Make]> = {
  neg: [(a) => a.neg(), any],
  exp: [(a) => a.exp(), any],
  log: [(a) => a.log(), positive],
  sqrt: [(a) => a.sqrt(), positive],
  abs: [(a) => a.abs(), nonzero],
  sign: [(a) => a.sign(), nonzero],
  sin: [(a) => a.sin(), any],
  cos: [(a) => a.cos(), any],
  erf: [(a) => a.erf(), any],
  relu: [(a) => a.relu(), nonzero],
  tanh: [(a) => a.tanh(), any],
  sigmoid: [(a) => a.sigmoid(), any],
  gelu: [(a) => ops.gelu(a), any],
  clamp: [(a) => a.clamp(-0.7, 0.6), any],
  power: [(a) => a.pow(2.5), positive],
};

const binary: Record<string, [fn: Fn, a: Make, b: Make]> = {
  add: [(a, b) => a.add(b), any, any],
  sub: [(a, b) => a.sub(b), any, any],
  mul: [(a, b) => a.mul(b), any, any],
  div: [(a, b) => a.div(b), any, nonzero],
  pow: [(a, b) => a.pow(b), positive, any],
  maximum: [(a, b) => a.maximum(b), any, any],
  minimum: [(a, b) => a.minimum(b), any, any],
};

// prettier-ignore
const others: Row[] = [
  ["add with alpha", (a, b) => a.add(b, { alpha: 3 }), [2, 3], [3]],
  ["sub with alpha", (a, b) => a.sub(b, { alpha: -2 }), [2], [2]],
  ...[0, 1, 2, 3, -1, -2, 0.5, -0.5].map((n): Row => [`pow ${n}`, (a) => a.abs().add(0.5).pow(n), [2, 3]]),
  ...["add", "sub", "mul", "div", "maximum", "minimum"].map((name): Row =>
    [`${name} with a number`, (a) => a[name as "add"](0.3), [2, 3]]),
  ["where", (c, a, b) => where(c.detach().gt(0), a, b), [2, 3], [3], [2, 1]],
  ["where with numbers", (a) => where(a.detach().gt(0), a, 2).mul(where(a.detach().gt(1), 3, a)), [2, 3]],
  ["softmax", (a) => a.softmax(1), [2, 3]],
  ["softmax, first of three dimensions", (a) => a.softmax(0), [3, 2, 2]],
  ["log_softmax", (a) => a.log_softmax(-1), [2, 3]],
  ["log_softmax, middle", (a) => a.log_softmax(1), [2, 3, 2]],
  ["sum", (a) => a.sum(), [2, 3]],
  ["sum of a number", (a) => a.sum(), []],
  ["sum of a dimension", (a) => a.sum(1), [2, 3, 2]],
  ["sum of the first dimension", (a) => a.sum(0), [2, 3]],
  ["sum of two dimensions", (a) => a.sum([0, -1]), [2, 3, 2]],
  ["sum, keepdim", (a) => a.sum(0, true), [2, 3]],
  ["mean", (a) => a.mean(), [2, 3]],
  ["mean of a dimension", (a) => a.mean(1, true), [2, 3]],
  ["max", (a) => a.max(), [2, 3]],
  ["max of a dimension", (a) => a.max(0).values, [3, 2]],
  ["min", (a) => a.min(), [2, 3]],
  ["min of a dimension", (a) => a.min(-1, true).values, [3, 2]],
  ["norm", (a) => a.norm(), [2, 3]],
  ["norm of a dimension", (a) => a.norm(2, 1), [2, 3]],
  ["norm 1", (a) => a.norm(1, 0, true), [2, 3]],
  ["norm 3", (a) => a.norm(3), [2, 3]],
  ["norm inf", (a) => a.norm(Infinity, 1), [2, 3]],
  ["norm -inf", (a) => a.norm(-Infinity), [2, 3]],
  ["matmul", (a, b) => a.matmul(b), [2, 3], [3, 4]],
  ["matmul, long sums", (a, b) => a.matmul(b), [1, 9], [9, 2]],
  ["matmul, vector right", (a, b) => a.matmul(b), [2, 3], [3]],
  ["matmul, vector left", (a, b) => a.matmul(b), [2], [2, 3]],
  ["matmul, batches", (a, b) => a.matmul(b), [2, 2, 3], [2, 3, 2]],
  ["matmul, batch and matrix", (a, b) => a.matmul(b), [2, 2, 3], [3, 2]],
  ["matmul, matrix and batch", (a, b) => a.matmul(b), [2, 3], [2, 3, 1]],
  ["matmul, broadcast batches", (a, b) => a.matmul(b), [2, 1, 1, 2], [2, 2, 1]],
  ["dot", (a, b) => a.dot(b), [3], [3]],
  ["transpose", (a) => a.transpose(), [2, 3]],
  ["transpose of three", (a) => a.transpose(0, -1), [2, 3, 2]],
  ["permute", (a) => a.permute([2, 0, 1]), [2, 3, 2]],
  ["reshape", (a) => a.reshape([3, -1]), [2, 3]],
  ["view", (a) => a.view([6]), [2, 3]],
  ["flatten", (a) => a.flatten(1), [2, 3, 2]],
  ["unsqueeze", (a) => a.unsqueeze(-1), [2, 3]],
  ["squeeze", (a) => a.squeeze(), [2, 1, 1]],
  ["squeeze of a dimension", (a) => a.squeeze(1), [2, 1, 1]],
  ["expand", (a) => a.expand([4, -1, 3]), [2, 1]],
  ["at", (a) => a.at(1).mul(a.at(0, -1)), [2, 3]],
  ["select", (a) => a.select(1, -1), [2, 3]],
  ["narrow", (a) => a.narrow(1, 1, 2), [2, 3]],
  ["slice", (a) => a.slice(0, 1, Infinity, 2), [5, 2]],
  ["slice of nothing", (a) => a.slice(0, 4, 2), [5, 2]],
  ["index_select", (a) => a.index_select(0, [1, 0, 1]), [2, 3]],
  ["index_select of columns", (a) => a.index_select(1, tensor([2, 2])), [2, 3]],
  ["gather", (a) => a.gather(1, tensor([[0, 0], [2, 1]])), [2, 3]],
  ["cat", (a, b, c) => cat([a, b, c], 1), [2, 1], [2, 0], [2, 3]],
  ["stack", (a, b) => stack([a, b], -1), [2, 3], [2, 3]],
  ["clone", (a) => a.clone(), [2, 3]],
  ["copy_", (a, b) => a.clone().copy_(b), [2, 3], [3]],
  ["zero_", (a) => a.clone().zero_(), [2]],
  ["fill_", (a) => a.clone().fill_(2), [2]],
  ["add_", (a, b) => a.clone().add_(b), [2, 3], [3]],
  ["sub_ with alpha", (a, b) => a.clone().sub_(b, { alpha: 2 }), [2, 3], [3]],
  ["mul_", (a, b) => a.mul(1).mul_(b.exp()), [2, 3], [3]],
  ["div_", (a, b) => a.clone().div_(b.exp()), [2, 3], [3]],
  ["pow_", (a, b) => a.abs().add(0.5).pow_(b), [2, 3], [3]],
  ["pow_ with a number", (a) => a.clone().pow_(2), [2, 3]],
  ...["neg_", "abs_", "exp_", "relu_", "tanh_", "sigmoid_"].map((name): Row =>
    [name, (a) => a.clone()[name as "neg_"](), [2, 3]]),
  ["log_", (a) => a.exp().add(1).log_(), [2]],
  ["sqrt_", (a) => a.exp().add(1).sqrt_(), [2]],
  ["clamp_", (a) => a.clone().clamp_(-0.5, 0.5), [2, 3]],
  ["one of two uses in place", (a) => { const y = a.mul(2); const z = y.add(1); y.add_(a); return y.mul(z); }, [3]],
  ["a tensor with itself", (a) => a.mul(a).add(a).div(a), [3]],
];

const rows: [name: string, fn: Fn, inputs: () => Tensor[]][] = [
  ...Object.entries(unary).flatMap(([name, [fn, make]]) =>
    [[2, 3], [], [0]].map((shape): [string, Fn, () => Tensor[]] => [
      `${name} [${shape}]`,
      fn,
      () => [make(shape)],
    ]),
  ),
  ...Object.entries(binary).flatMap(([name, [fn, first, second]]) =>
    pairs.map(([a, b]): [string, Fn, () => Tensor[]] => [
      `${name} [${a}] [${b}]`,
      fn,
      () => [first(a), second(b)],
    ]),
  ),
  ...others.map(([name, fn, ...shapes]): [string, Fn, () => Tensor[]] => [
    name,
    fn,
    () => shapes.map(any),
  ]),
];

for (const [name, fn, inputs] of rows) {
  test(`slopes: ${name}`, () => assert.ok(gradcheck(fn, inputs())));
  test(`slopes of slopes: ${name}`, () => assert.ok(gradgradcheck(fn, inputs(), { atol: 1e-4 })));
}

test("every row of the table of operations is checked", () => {
  const copies = ["copy"]; // as copy_, zero_, fill_
  const checked = [...Object.keys(unary), ...Object.keys(binary), ...copies];
  assert.equal(Object.keys(ops).sort(), checked.sort());
});

/** Multiplies one derivative of the newest note by 1.01. */
function spoil(result: Tensor, place: number): Tensor {
  const note = result.grad_fn as unknown as { derivatives: ((...all: never[]) => Tensor)[] };
  note.derivatives = note.derivatives.map((derivative, i) =>
    i === place ? (...all) => derivative(...all).mul(1.01) : derivative,
  );
  return result;
}

/** Slopes that are 0 everywhere: 1.01 times as much is right too. */
const flat = ["sign", "zero_", "fill_", "pow 0", "slice of nothing"];

for (const [name, fn, inputs] of rows) {
  const values = inputs();
  const empty = values.some(({ size }) => size === 0) && name !== "cat";
  if (empty || flat.some((each) => name.startsWith(each))) continue;
  test(`a derivative that is 1 % wrong is noticed: ${name}`, () => {
    const count = fn(...values).grad_fn!.derivatives.length;
    const failures = Array.from({ length: count }, (_, place) => {
      try {
        return !gradcheck((...all) => spoil(fn(...all), place), values, { atol: 1e-9 });
      } catch (error) {
        return (error as Error).message.startsWith("gradcheck");
      }
    });
    assert.ok(failures.includes(true));
  });
}

test("at a tie, maximum and minimum give either side half, max gives all of them a share", () => {
  const [a, b] = [any([1]), any([1])];
  b.data[0] = a.item();
  a.maximum(b).sum().backward();
  assert.equal([a.grad!.item(), b.grad!.item()], [0.5, 0.5]);
  const c = tensor([3, 1, 3], { requires_grad: true });
  c.max().backward();
  assert.equal(c.grad!.tolist(), [0.5, 0, 0.5]);
});

test("at the corner, the slopes are PyTorch's", () => {
  const corners: [name: string, fn: Fn, at: number, slope: number][] = [
    ["relu", (a) => a.relu(), 0, 0],
    ["abs", (a) => a.abs(), 0, 0],
    ["norm", (a) => a.norm(), 0, 0],
    ["clamp", (a) => a.clamp(0, 1), 1, 1],
    ["pow 0", (a) => a.pow(0), 0, 0],
    ["pow by a tensor", (a) => a.pow(tensor([0])), 0, 0],
    ["power of 0", (a) => tensor([0]).pow(a), 2, 0],
  ];
  for (const [name, fn, at, slope] of corners) {
    const x = tensor([at], { requires_grad: true });
    fn(x).sum().backward();
    assert.is(x.grad!.item(), slope, name);
  }
});

// PyTorch's threshold_backward chooses; a product with 0 would make NaN of an infinite gradient.
test("no gradient passes a relu that is shut, not even an infinite one", () => {
  const x = tensor([-1, 0, 2, NaN], { requires_grad: true });
  x.relu().backward(tensor([Infinity, NaN, Infinity, 3]));
  assert.equal(x.grad!.tolist(), [0, 0, Infinity, 3]);
});

test("NaN is not lost", () => {
  const nan = tensor([NaN, 1]);
  const results = [nan.relu(), nan.clamp(0, 1), nan.maximum(0), nan.max(), nan.max(0).values];
  for (const result of results) assert.ok(Number.isNaN(result.data[0]));
  assert.ok(nan.softmax(0).data.every(Number.isNaN));
});

test.run();
