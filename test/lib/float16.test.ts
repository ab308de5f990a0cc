/** float16: the numbers themselves, what operations make of them, and training in mixed precision. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  autocast,
  cat,
  type Dtype,
  is_autocast_enabled,
  no_grad,
  Tensor,
  tensor,
  where,
  zeros,
} from "../../lib/autograd/index.ts";
import { float16, Float16Data } from "../../lib/autograd/float16.ts";
import * as nn from "../../lib/nn/index.ts";
import { clip_grad_norm_, get_total_norm, GradScaler, SGD } from "../../lib/optim/index.ts";
import type { GradScalerOptions } from "../../lib/optim/grad_scaler.ts";
import { optimizers } from "./features.ts";
import * as optim from "../../lib/optim/index.ts";
import { decode, differing, golden } from "./golden.ts";

interface Shown {
  dtype: Dtype;
  shape: number[];
  data: string;
}
interface Recorded {
  torch: string;
  rounding: { from: string; to: string };
  cases: { name: string; inputs: Shown[]; result: Shown; grads: Shown[] }[];
  start: string[];
  runs: Record<string, Run>;
}
interface Run {
  factor: number;
  options: GradScalerOptions;
  log: { loss: number; zeros: number; norm: number | null; stepped: boolean; scale: number }[];
}
const recorded = golden<Recorded>("float16");
const floats = (text: string) => decode(text, "float32");

/** Every float16 from 0 to the largest, by the definition: fraction times a power of 2. */
const numbers = Array.from({ length: 0x7c00 }, (_, bits) => {
  const [exponent, fraction] = [bits >> 10, bits & 0x3ff];
  return exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
});

test("every float16 stays, and between two of them the nearer is taken, the even one half way", () => {
  const next = (x: number, step: 1 | -1) => {
    const word = new Uint32Array(Float32Array.of(x).buffer);
    word[0]! += step;
    return new Float32Array(word.buffer)[0]!;
  };
  const wrong: number[] = [];
  const expect = (x: number, y: number) => {
    if (!Object.is(float16(x), y) || !Object.is(float16(-x), -y)) wrong.push(x);
  };
  numbers.forEach((low, bits) => {
    const high = numbers[bits + 1] ?? 65536;
    const rounded = high === 65536 ? Infinity : high;
    const middle = (low + high) / 2;
    expect(low, low);
    expect(middle, bits % 2 === 0 ? low : rounded);
    expect(next(middle, 1), rounded);
    expect(next(middle, -1), low);
  });
  assert.equal(wrong, []);
  assert.equal([65504, 65519.996, 65520, Infinity].map(float16), [
    65504,
    65504,
    Infinity,
    Infinity,
  ]);
  assert.equal([2 ** -24, 2 ** -25, 1e-30, NaN].map(float16), [2 ** -24, 0, 0, NaN]);
});

test(`float32 becomes float16 as in PyTorch ${recorded.torch}`, () => {
  const { from, to } = recorded.rounding;
  const made = tensor(floats(from)).half();
  assert.is(made.dtype, "float16");
  assert.is(differing(made.data, floats(to)), 0);
});

type Fn = (...inputs: Tensor[]) => Tensor;
const CLASSES = [1, 0, 3];
const functions: Record<string, Fn> = {
  add: (x, y) => x!.add(y!),
  "add broadcast": (x, y) => x!.add(y!),
  "add number": (x) => x!.add(0.1),
  sub: (x, y) => x!.sub(y!),
  mul: (x, y) => x!.mul(y!),
  "mul small": (x, y) => x!.mul(y!),
  "mul number": (x) => x!.mul(3.3),
  div: (x, y) => x!.div(y!),
  overflow: (x) => x!.mul(40000),
  neg: (x) => x!.neg(),
  abs: (x) => x!.abs(),
  sqrt: (x) => x!.abs().sqrt(),
  exp: (x) => x!.exp(),
  log: (x) => x!.abs().log(),
  pow: (x) => x!.pow(3),
  relu: (x) => x!.relu(),
  tanh: (x) => x!.tanh(),
  sigmoid: (x) => x!.sigmoid(),
  softmax: (x) => x!.softmax(1),
  log_softmax: (x) => x!.log_softmax(1),
  sum: (x) => x!.sum(),
  "sum dim": (x) => x!.sum(1),
  mean: (x) => x!.mean(),
  "mean of large": (x) => x!.mean(),
  matmul: (x, y) => x!.matmul(y!),
  linear: (x, w, b) => nn.functional.linear(x!, w!, b),
  mse_loss: (x, y) => nn.functional.mse_loss(x!, y!),
  cross_entropy: (x) => nn.functional.cross_entropy(x!, CLASSES),
  "to float32": (x) => x!.float(),
  "meets float32": (x) => x!.mul(tensor([0.1, 0.325, 0.55, 0.775, 1])),
};

/** By how many float16 two tensors differ, at most. */
function away(actual: Tensor, expected: Shown): number {
  const places = (data: ArrayLike<number>) => Array.from(data, placeOf);
  const wanted = places(floats(expected.data));
  return Math.max(...places(actual.data).map((place, i) => Math.abs(place - wanted[i]!)));
}
const bits = new Map(numbers.map((x, i) => [x, i]));
const placeOf = (x: number) => (x < 0 ? -1 : 1) * (bits.get(Math.abs(x)) ?? 0x7c00);

/** Where the last place may differ, in the gradient or the value too. */
const rounded: Record<string, { by: number; value?: true; why: string }> = {
  "add number": {
    by: 1,
    value: true,
    why: "PyTorch rounds the number first (for mul it does not)",
  },
  div: { by: 1, why: "PyTorch's formula of three operations rounds after each" },
  pow: { by: 1, why: "the same" },
  sigmoid: { by: 1, why: "PyTorch's loop over elements rounds after each operation" },
  mse_loss: { by: 1, value: true, why: "PyTorch rounds the squares before it sums" },
  cross_entropy: { by: 1, why: "PyTorch rounds between nll_loss and log_softmax" },
};

for (const { name, inputs, result, grads } of recorded.cases) {
  test(`value and gradients in float16 as in PyTorch ${recorded.torch}: ${name}`, () => {
    const make = ({ data, shape }: Shown) =>
      tensor(floats(data), { shape, dtype: "float16", requires_grad: true });
    const tensors = inputs.map(make);
    const value = functions[name]!(...tensors);
    assert.is(value.dtype, result.dtype);
    const counted = Float32Array.from(value.data, (_, i) => i + 1);
    value.backward(tensor(counted, { shape: value.shape, dtype: value.dtype }));
    const allowed = rounded[name]?.by ?? 0;
    assert.ok(away(value, result) <= (rounded[name]?.value ? allowed : 0), "value");
    tensors.forEach((input, i) => {
      assert.ok(away(input.grad!, grads[i]!) <= allowed, `gradient ${i}`);
    });
  });
}

test("the recorded trainings show what they are for", () => {
  const { scaled, overflow } = recorded.runs;
  const lost = recorded.runs["tiny, not scaled"]!.log;
  const saved = recorded.runs["tiny, scaled"]!.log;
  assert.ok(lost.every(({ zeros, norm }) => zeros === 1024 && norm === 0));
  assert.ok(saved.at(-1)!.loss < 0.5);
  assert.not.ok(overflow!.log[0]!.stepped);
  assert.ok(scaled!.log.some(({ stepped }) => !stepped));
});

test("every function of the table has a recorded case", () => {
  assert.equal(
    Object.keys(functions),
    recorded.cases.map(({ name }) => name),
  );
});

/** The training of the recorder's description. */
function train({ factor, options, log }: Run): Run["log"] {
  const { data, target } = nn.load_digits();
  const model = new nn.Sequential(new nn.Linear(64, 16), new nn.ReLU(), new nn.Linear(16, 10));
  const parameters = model.parameters();
  no_grad(() => {
    parameters.forEach((p, i) => p.copy_(tensor(floats(recorded.start[i]!), { shape: p.shape })));
  });
  const opt = new SGD(parameters, { lr: 0.5 / factor, momentum: 0.9 });
  const scaler = new GradScaler(options);
  const last = parameters[2]!;
  return log.map((_, k) => {
    opt.zero_grad();
    const images = data.slice(0, 32 * k, 32 * k + 32).div(16);
    const loss = autocast(() =>
      nn.functional.cross_entropy(model.forward(images), target.slice(0, 32 * k, 32 * k + 32)),
    );
    scaler.scale(loss.mul(factor)).backward();
    const zeros = parameters[0]!.grad!.eq(0).sum().item();
    scaler.unscale_(opt);
    const norm = clip_grad_norm_(parameters, factor).item();
    const before = last.data.slice();
    scaler.step(opt);
    scaler.update();
    const stepped = differing(before, last.data) > 0;
    return {
      loss: loss.item(),
      zeros,
      norm: Number.isFinite(norm) ? norm : null,
      stepped,
      scale: scaler.get_scale(),
    };
  });
}

for (const [name, run] of Object.entries(recorded.runs)) {
  test(`digits in mixed precision as with PyTorch ${recorded.torch}: ${name}`, () => {
    const log = train(run);
    const of = (key: keyof Run["log"][0], of: Run["log"]) => of.map((step) => step[key]);
    log.forEach(({ loss, norm }, i) => {
      const wanted = run.log[i]!;
      assert.ok(Math.abs(loss - wanted.loss) < 1e-5, `loss ${i}: ${loss}, not ${wanted.loss}`);
      const same = norm === wanted.norm || Math.abs(norm! / wanted.norm! - 1) < 1e-5;
      assert.ok(same, `norm ${i}: ${norm}, not ${wanted.norm}`);
    });
    assert.equal(of("zeros", log), of("zeros", run.log));
    assert.equal(of("stepped", log), of("stepped", run.log));
    assert.equal(of("scale", log), of("scale", run.log));
  });
}

const half = (values: number[] | number[][], requires_grad = false) =>
  tensor(values, { dtype: "float16", requires_grad });

test("float16 with a number or a single number stays, with float32 and float64 it widens", () => {
  const x = half([1, 2]);
  const meets: [Tensor, Dtype][] = [
    [x.add(0.1), "float16"],
    [x.mul(tensor(2)), "float16"],
    [x.mul(tensor([2, 3])), "float32"],
    [tensor([2, 3]).mul(x), "float32"],
    [x.mul(tensor([2], { dtype: "float64" })), "float64"],
    [half([1]).sum().mul(tensor(2)), "float32"],
    [cat([x, x]), "float16"],
    [cat([x, tensor([1])]), "float32"],
    [where(x.gt(1), x, 0), "float16"],
    [get_total_norm([x, x]), "float16"],
    [x.matmul(tensor([1, 2])), "float32"],
  ];
  meets.forEach(([made, dtype], i) => assert.is(made.dtype, dtype, `row ${i}`));
});

test("whatever makes a float16 tensor rounds: parts, copies, changes in place, generators", () => {
  const third = float16(1 / 3);
  const x = half([1, 3]);
  assert.equal(x.clone().div_(tensor(3)).tolist(), [third, 1]);
  assert.equal(
    zeros([2], { dtype: "float16" })
      .fill_(1 / 3)
      .tolist(),
    [third, third],
  );
  assert.equal(x.copy_(tensor([1 / 3, 70000])).tolist(), [third, Infinity]);
  assert.instance(x.slice(0, 1).detach().data, Float16Data);
  const drawn = nn.init.uniform_(zeros([100], { dtype: "float16" }), -1, 1);
  assert.ok(drawn.data.every((x) => x === float16(x)));
  assert.is(String(half([1 / 3])), "tensor([0.3333], dtype=float16)");
  assert.is(x.typeName, "torch.HalfTensor");
  assert.is(new nn.Linear(2, 2, { dtype: "float16" }).forward(half([1, 2])).dtype, "float16");
});

test("the gradients of a float16 leaf are float16, also where it is used twice", () => {
  const x = half([2048, 1], true);
  x.add(x.mul(0.0001)).sum().backward();
  assert.is(x.grad!.dtype, "float16");
  assert.equal(x.grad!.tolist(), [1, 1]);
  const y = half([3], true);
  const [slope] = [y.pow(2).sum()];
  slope!.backward(undefined, { create_graph: true });
  assert.equal(y.grad!.tolist(), [6]);
});

test("autocast: what computes in float16, what in float32, and what stays", () => {
  const [w, x] = [tensor([[0.1, 0.2], [0.3, 0.4]]), half([[1, 2], [3, 4]])]; // prettier-ignore
  autocast(() => {
    const made: Record<string, [Tensor, Dtype]> = {
      matmul: [w.matmul(w), "float16"],
      linear: [nn.functional.linear(w, w), "float16"],
      float64: [w.double().matmul(w.double()), "float64"],
      add: [x.add(x), "float16"],
      relu: [x.relu(), "float16"],
      mean: [x.mean(), "float16"],
      exp: [x.exp(), "float32"],
      log: [x.log(), "float32"],
      pow: [x.pow(2), "float32"],
      sum: [x.sum(), "float32"],
      norm: [x.norm(), "float32"],
      softmax: [x.softmax(0), "float32"],
      log_softmax: [x.log_softmax(0), "float32"],
      mse_loss: [nn.functional.mse_loss(x, x), "float32"],
      cross_entropy: [nn.functional.cross_entropy(x, [0, 1]), "float32"],
    };
    for (const [name, [{ dtype }, expected]] of Object.entries(made))
      assert.is(dtype, expected, name);
    assert.ok(is_autocast_enabled());
    assert.is(autocast(() => w.matmul(w), { enabled: false }).dtype, "float32");
  });
  assert.not.ok(is_autocast_enabled());
  assert.throws(
    () => autocast(() => assert.unreachable(), { dtype: "bfloat16" as never }),
    /dtype: bfloat16/,
  );
  assert.throws(() => autocast(() => { throw new Error("inside"); }), "inside"); // prettier-ignore
  assert.not.ok(is_autocast_enabled());
});

test("scaled gradients of parts of a batch add up to those of the whole, in float32", () => {
  const [x, y] = [tensor([[1, 2], [3, 4], [-1, 0.5], [2, -3]]), tensor([[1], [0], [2], [-1]])]; // prettier-ignore
  const gradient = (parts: number) => {
    const w = tensor([[0.5, -0.25]], { requires_grad: true });
    const opt = new SGD([w]);
    const scaler = new GradScaler({ init_scale: 1024 });
    for (let k = 0; k < parts; k++) {
      const rows = (t: Tensor) => t.narrow(0, (k * 4) / parts, 4 / parts);
      const loss = autocast(() =>
        nn.functional.mse_loss(nn.functional.linear(rows(x), w), rows(y)).div(parts),
      );
      scaler.scale(loss).backward();
    }
    scaler.unscale_(opt);
    assert.is(w.grad!.dtype, "float32");
    return w.grad!.tolist();
  };
  assert.equal(gradient(2), gradient(1));
  assert.equal(gradient(4), gradient(1));
});

for (const name of Object.keys(optimizers)) {
  test(`${name} refuses parameters in float16, and says what to do`, () => {
    const make = (optim as unknown as Record<string, new (params: Tensor[]) => unknown>)[name]!;
    const params = [zeros([2, 2], { dtype: "float16", requires_grad: true })];
    assert.throws(() => new make(params), /parameter: dtype float16\..*in float32.*autocast/);
  });
}

test.run();
