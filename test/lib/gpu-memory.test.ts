/// <reference types="@webgpu/types" />
/** Which side has the newest numbers, host or GPU: neither is ever silently old. */
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { no_grad, Tensor, tensor } from "../../lib/autograd/index.ts";
import { gpu, set_default_device } from "../../lib/kernels/index.ts";
import { AdamW, defineOptimizer, NAdam, SGD } from "../../lib/optim/index.ts";
import { lose, onGpu } from "./gpu.ts";

const BEHIND = /^data: the newest numbers of this tensor are on the GPU.*await w\.read\(\)$/;

/** A parameter of zeros whose gradient is 1 everywhere. */
function param(size: number, value = 0): Tensor {
  const w = tensor(new Float32Array(size).fill(value), { requires_grad: true });
  w.grad = tensor(new Float32Array(size).fill(1));
  return w;
}

const numbers = async (w: Tensor) => [...(await w.read())];

onGpu(
  "between a step and a read data throws, and a tensor says where its numbers are",
  async () => {
    const w = param(2);
    new SGD([w], { lr: 1 }).step();
    assert.throws(() => w.data, BEHIND);
    assert.throws(() => w.mul(2), BEHIND);
    assert.is(String(w), "tensor(..., size=[2], on the GPU: await .read())");
    assert.is(`${w.shape} ${w.size} ${w.dtype}`, "2 2 float32");
    const shown = w as unknown as Record<symbol, () => Promise<unknown>>;
    const bundle = await shown[Symbol.for("Jupyter.display")]!();
    assert.equal(bundle, { "text/plain": "tensor([-1., -1.], requires_grad=true)" });
    assert.equal([...w.data], [-1, -1]);
  },
);

const writes: [what: string, write: (w: Tensor) => void][] = [
  ["an element", (w) => (w.data[1] = 7)],
  ["the array that was held since the first step", (w) => (held.get(w)![1] = 7)],
  ["another array", (w) => (w.data = Float32Array.of(-1, 7, -1))],
  ["in place", (w) => no_grad(() => w.copy_(tensor([-1, 7, -1])))],
  ["a detached tensor", (w) => (w.detach().data[1] = 7)],
  ["a detached tensor, in place", (w) => void w.detach().copy_(tensor([-1, 7, -1]))],
];
const held = new WeakMap<Tensor, Float32Array | Float64Array>();
for (const [what, write] of writes) {
  onGpu(`what the host writes after a read is in the next step: ${what}`, async () => {
    const w = param(3);
    const opt = new SGD([w], { lr: 1 });
    held.set(w, w.data);
    opt.step();
    await w.read();
    write(w);
    opt.step();
    assert.equal(await numbers(w), [-2, 6, -2]);
  });
}

onGpu("state that the host changes is in the next step, and a loaded state too", async () => {
  const w = param(2);
  const opt = new SGD([w], { lr: 1, momentum: 0.5 });
  opt.step();
  await w.read();
  const buffer = opt.state.get(w)!.momentum_buffer as Tensor;
  buffer.data[0] = 10;
  opt.step();
  assert.equal(await numbers(w), [-7, -2.5]);
  const saved = opt.state_dict();
  saved.state[0]!.momentum_buffer = tensor([0, 100]);
  opt.load_state_dict(saved);
  opt.step();
  assert.equal(await numbers(w), [-8, -53.5]);
  assert.equal(await numbers(buffer), [6, 1.5], "what was replaced keeps its numbers");
});

onGpu("state whose place another one takes before it was read is not lost", async () => {
  const w = param(2);
  const opt = new SGD([w], { lr: 1, momentum: 0.5 });
  opt.step();
  const before = opt.state.get(w)!.momentum_buffer as Tensor;
  opt.state.clear();
  opt.step();
  opt.step();
  assert.equal(await numbers(before), [1, 1]);
  assert.equal(await numbers(opt.state.get(w)!.momentum_buffer as Tensor), [1.5, 1.5]);
});

onGpu("parameters that exchange their state exchange it on the GPU", async () => {
  const [a, b] = [param(2), param(2)];
  const opt = new SGD(
    [
      { params: [a], lr: 1 },
      { params: [b], lr: 10 },
    ],
    { lr: 1, momentum: 1 },
  );
  b.grad = tensor([5, 5]);
  opt.step();
  const [stateOfA, stateOfB] = [opt.state.get(a)!, opt.state.get(b)!];
  opt.state.set(a, stateOfB).set(b, stateOfA);
  opt.step();
  assert.equal(await numbers(a), [-7, -7]);
  assert.equal(await numbers(b), [-110, -110]);
});

onGpu("one read brings parameters and state of one moment", async () => {
  const [a, b] = [param(1), param(100)];
  const opt = new AdamW([a, b]);
  opt.step();
  await a.read();
  assert.ok(b.data[99]! < 0);
  const { exp_avg, step } = opt.state.get(b) as Record<string, Tensor>;
  assert.is(exp_avg!.data[99], Math.fround(0.1));
  assert.is(step!.item(), 1);
});

onGpu("a step while a read is under way: the read has the numbers before it", async () => {
  const w = param(1);
  const opt = new SGD([w], { lr: 1 });
  opt.step();
  const reading = Promise.all([w.read(), w.read()]);
  opt.step();
  assert.equal(
    (await reading).map(([x]) => x),
    [-1, -1],
  );
  assert.throws(() => w.data, BEHIND);
  assert.equal(await numbers(w), [-2]);
});

onGpu("two optimizers on one parameter, and one that is made anew", async () => {
  const w = param(1000);
  const [a, b] = [new SGD([w], { lr: 1 }), new SGD([w, param(3)], { lr: 10 })];
  for (const opt of [a, b, a, b]) opt.step();
  const c = new SGD([param(5), w], { lr: 100 });
  c.step();
  assert.ok((await w.read()).every((x) => x === -122));
});

onGpu("a parameter that is listed twice is stepped twice", async () => {
  const [w, other] = [param(2), param(1)];
  const { warn } = console;
  console.warn = () => {};
  const opt = new SGD([w, other, w], { lr: 1, momentum: 1 });
  console.warn = warn;
  opt.step();
  assert.equal(await numbers(w), [-3, -3]);
  assert.equal(await numbers(other), [-1]);
});

onGpu("a group that joins later, one without a gradient, one of no elements", async () => {
  const [w, none] = [param(70), param(3)];
  none.grad = null;
  const opt = new SGD([w, none, param(0)], { lr: 1 });
  opt.step();
  const late = param(5000);
  opt.add_param_group({ params: late, lr: 10 });
  opt.step();
  assert.ok((await w.read()).every((x) => x === -2));
  assert.ok((await late.read()).every((x) => x === -10));
  assert.equal(await numbers(none), [0, 0, 0]);
});

onGpu("10,000 tensors of 1 to 100 elements, each with its own number of steps", async () => {
  const params = Array.from({ length: 10_000 }, (_, i) => param(1 + (i % 100)));
  const opt = new NAdam(params);
  const late = params.filter((_, i) => i % 3 === 0);
  late.forEach((w) => (w.grad = null));
  opt.step();
  late.forEach((w) => (w.grad = tensor(new Float32Array(w.size).fill(1))));
  opt.step();
  const results = await Promise.all(params.map((w) => w.read()));
  set_default_device("js");
  const [once, twice] = [param(1), param(1)];
  const [one, two] = [new NAdam([once]), new NAdam([twice])];
  one.step();
  two.step();
  two.step();
  set_default_device(gpu);
  results.forEach((data, i) => {
    const expected = (i % 3 === 0 ? once : twice).data[0];
    assert.ok(
      data.every((x) => x === expected),
      `tensor ${i}`,
    );
  });
});

onGpu("a gradient that did not change is not sent again, one that may have is", async () => {
  const w = tensor([0, 0], { requires_grad: true });
  const opt = new SGD([w], { lr: 1 });
  const g = tensor([1, 2]);
  no_grad(() => w.accumulateGrad(g));
  opt.step();
  opt.step();
  assert.equal(await numbers(w), [-2, -4], "unchanged");
  no_grad(() => w.accumulateGrad(g));
  opt.step();
  assert.equal(await numbers(w), [-4, -8], "added to");
  const { data } = w.grad!;
  opt.step();
  data.fill(0);
  opt.step();
  assert.equal(await numbers(w), [-6, -12], "written to by somebody who holds it");
  opt.zero_grad();
  no_grad(() => w.accumulateGrad(g));
  opt.step();
  opt.zero_grad();
  no_grad(() => w.accumulateGrad(tensor([10, 10])));
  opt.step();
  assert.equal(await numbers(w), [-17, -24], "collected anew");
});

onGpu("memory that threads share is sent too", async () => {
  set_default_device("wasm");
  const w = param(5000);
  new SGD([w], { lr: 1 });
  w.grad = new Tensor(new Float32Array(new SharedArrayBuffer(20_000)).fill(1), [5000]);
  set_default_device(gpu);
  new SGD([w], { lr: 1 }).step();
  assert.ok((await w.read()).every((x) => x === -1));
});

onGpu(
  "an optimizer on the CPU refuses numbers that are on the GPU, and takes them once read",
  async () => {
    const w = param(2);
    const onGpu = new SGD([w], { lr: 1 });
    set_default_device("js");
    const onCpu = new SGD([w], { lr: 10 });
    set_default_device(gpu);
    onGpu.step();
    assert.throws(() => onCpu.step(), BEHIND);
    await w.read();
    onCpu.step();
    onGpu.step();
    assert.equal(await numbers(w), [-12, -12]);
  },
);

onGpu("more than 2^32 bytes of state are refused before anything is allocated", () => {
  const giant = () => new Tensor(new Float32Array(2 ** 28), [2 ** 28], true);
  const w = giant();
  assert.throws(
    () => new AdamW([w, tensor([1])]),
    /^parameters: 268435457 elements.* are 4 arrays of 1073741828 bytes\. The GPU takes 4294967296 in all\..*set_default_device\("js"\)$/,
  );
  assert.is(w.remote, null);
  assert.throws(() => new SGD([w, giant()]), /The GPU takes \d+ an array\./);
});

onGpu("a rule with more state than a kernel can reach is refused", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `m${i}`);
  const Odd = defineOptimizer({
    name: "Odd",
    defaults: { lr: 1 },
    state: Object.fromEntries(names.map((symbol) => [symbol, { symbol }])),
    text: [...names.map((name) => `${name} = ${name} + g`), "theta = theta - lr * m0"].join("\n"),
  });
  assert.throws(
    () => new Odd([tensor([1])]),
    /^state: a rule with 42 arrays\. A kernel of this GPU/,
  );
  const w = param(1);
  new SGD([w], { lr: 1 }).step();
  assert.equal(await numbers(w), [-1], "the GPU works on");
});

onGpu("buffers are used again: steps and reads take no more memory", async () => {
  const rss = () => process.memoryUsage().rss / 2 ** 20;
  const work = async () => {
    const w = param(2 ** 18);
    const opt = new AdamW([w]);
    for (let i = 0; i < 3; i++) {
      opt.step();
      await w.read();
    }
  };
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 5; i++) await work();
  const before = rss();
  for (let i = 0; i < 15; i++) {
    await work();
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(rss() - before < 60, `${before} MiB, then ${rss()} MiB`);
});

test("what is not open says how to open it", () => {
  assert.is(gpu.name, "gpu");
  assert.match(inspect(gpu), /^gpu: /);
  assert.throws(() => set_default_device({ name: "gpux" } as never), /^unknown device: "gpux"/);
  assert.throws(() => set_default_device(undefined as never), /^unknown device: "undefined"/);
});

// The last test: it loses the GPU.
onGpu("a lost GPU: an error, and the last state that was read, complete", async () => {
  const w = param(3);
  const opt = new NAdam([w]);
  opt.step();
  const first = await numbers(w);
  const saved = JSON.stringify(opt.state_dict().state);
  opt.step();
  const reading = w.read();
  lose();
  const message = /^gpu: .* was lost .* as they were when they were last read\. Go on with/;
  await reading.then(
    () => assert.unreachable(),
    ({ message: text }: Error) => assert.match(text, message),
  );
  assert.throws(() => opt.step(), message);
  assert.equal([...w.data], first);
  assert.is(JSON.stringify(opt.state_dict().state), saved);
  assert.match(String(gpu), message);
  assert.throws(() => new NAdam([w]), message);

  set_default_device("wasm");
  const onCpu = new NAdam([w]);
  onCpu.load_state_dict(opt.state_dict());
  onCpu.step();
  const expected = [...w.data];
  w.data.set(first);

  await gpu.ready;
  set_default_device(gpu);
  const again = new NAdam([w]);
  again.load_state_dict(opt.state_dict());
  again.step();
  assert.equal(await numbers(w), expected);
});

test.run();
