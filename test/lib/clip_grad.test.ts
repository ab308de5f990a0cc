/** Gradient clipping against PyTorch's recorded results: not one bit may differ. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Dtype, tensor, type Tensor } from "../../lib/autograd/index.ts";
import { SGD } from "../../lib/optim/index.ts";
import {
  clip_grad_norm_,
  clip_grad_value_,
  clip_grads_with_norm_,
  get_total_norm,
} from "../../lib/optim/clip_grad.ts";
import { decode, differing, golden, plain, type Recorded } from "./golden.ts";
import { warningsOf } from "./warnings.ts";

interface Case {
  fn: "clip_grad_norm_" | "clip_grad_value_";
  input: string;
  dtype: Dtype;
  kwargs: { max_norm: number; norm_type: number | string; clip_value: number };
  shapes: (number[] | null)[];
  grads: (string | null)[];
  out: (string | null)[];
  totalNorm?: Recorded;
  error?: { type: string; message: string };
}

const { cases } = golden<{ cases: Case[] }>("clip_grad");

/** Parameters with the recorded gradients. */
function parametersOf({ grads, shapes, dtype }: Case): Tensor[] {
  return grads.map((text, i) => {
    const shape = shapes[i] ?? [1];
    const size = shape.reduce((product, length) => product * length, 1);
    const parameter = tensor(new Float64Array(size), { shape, dtype, requires_grad: true });
    if (text !== null) parameter.grad = tensor(decode(text, dtype), { shape, dtype });
    return parameter;
  });
}

function clip(parameters: Tensor[], { fn, kwargs }: Case): Tensor | undefined {
  const { max_norm, clip_value, ...options } = kwargs;
  if (fn === "clip_grad_value_") return void clip_grad_value_(parameters, clip_value);
  const norm_type = Number(options.norm_type);
  return clip_grad_norm_(parameters, max_norm, { ...options, norm_type });
}

for (const recorded of cases) {
  const { fn, input, dtype, kwargs, error, out } = recorded;
  test(`${fn} ${input} ${dtype} ${JSON.stringify(kwargs)}`, () => {
    const parameters = parametersOf(recorded);
    if (error) {
      // About an empty list PyTorch's own text speaks of its internals; ours says what to do.
      const message = input === "empty" ? "no parameter has a gradient" : error.message;
      assert.throws(
        () => clip(parameters, recorded),
        (e: Error) => e.name === error.type && e.message.includes(message),
      );
    } else {
      const total = clip(parameters, recorded);
      const expected = plain(recorded.totalNorm ?? null) as Tensor | null;
      assert.is(total?.dtype, expected?.dtype);
      assert.equal(total?.shape, expected?.shape);
      assert.is(differing(total?.data ?? [], expected?.data ?? []), 0, `${total}`);
    }
    parameters.forEach(({ grad }, i) => {
      const text = out[i] ?? null;
      if (text === null) assert.is(grad, null);
      else assert.is(differing(grad!.data, decode(text, dtype)), 0, `gradient ${i}: ${grad}`);
    });
  });
}

test("the records cover every kind of norm", () => {
  const kinds = new Set(cases.map(({ kwargs }) => String(kwargs.norm_type ?? "value")));
  assert.equal([...kinds].sort(), ["-Infinity", "0", "0.5", "1", "2", "3", "Infinity", "value"]);
});

const withGradient = (...values: number[]) => {
  const parameter = tensor(values, { requires_grad: true });
  parameter.grad = tensor(values);
  return parameter;
};

test("the two halves of clip_grad_norm_ do what it does", () => {
  const [whole, halves] = [withGradient(3, 4), withGradient(3, 4)];
  clip_grad_norm_(whole, 1);
  clip_grads_with_norm_(halves, 1, get_total_norm(halves.grad!));
  assert.equal(halves.grad!.data, whole.grad!.data);
});

test("the norm is that of all gradients together", () => {
  const parameters = [withGradient(3, 4), withGradient(12)];
  assert.is(clip_grad_norm_(new Set(parameters), 1).item(), 13);
  assert.ok(Math.abs(parameters[1]!.grad!.item() - 12 / 13) < 1e-6);
});

test("one infinite gradient: the others 0, itself NaN", () => {
  const parameters = [withGradient(Infinity, 4), withGradient(12)];
  clip_grad_norm_(parameters, 1);
  assert.equal(
    parameters.map(({ grad }) => grad!.tolist()),
    [[NaN, 0], [0]],
  );
});

test("gradients of two types have the norm of the wider", () => {
  const wide = tensor([3], { dtype: "float64", requires_grad: true });
  wide.grad = tensor([3], { dtype: "float64" });
  const total = clip_grad_norm_([withGradient(4), wide], 1);
  assert.is(total.dtype, "float64");
  assert.is(total.item(), 5);
  assert.is(wide.grad.dtype, "float64");
});

test("an exhausted iterator warns, an empty list does not", () => {
  const none = (parameters: Iterable<Tensor>) =>
    warningsOf(() => assert.is(clip_grad_norm_(parameters, 1).item(), 0));
  assert.equal(none([]), []);
  assert.equal(none(new Map<string, Tensor>().values()), [
    "`parameters` is an empty generator, no gradient clipping will occur.",
  ]);
});

test("a mistyped option is refused before anything is clipped", () => {
  const parameter = withGradient(3, 4);
  const options = { norm: 1 } as object;
  assert.throws(() => clip_grad_norm_(parameter, 1, options), 'unknown option: "norm"');
  assert.equal(parameter.grad!.tolist(), [3, 4]);
});

test("clipping comes between backward and step", () => {
  const w = tensor([1.3], { dtype: "float64", requires_grad: true });
  const optimizer = new SGD([w], { lr: 0.01 });
  w.pow(30).sub(0.5).pow(2).mul(0.5).sum().backward();
  assert.ok(clip_grad_norm_([w], 1).item() > 1e7);
  optimizer.step();
  assert.ok(Math.abs(w.item() - 1.29) < 1e-12);
});

test.run();
