/** Every device against the plain JavaScript loop: every bit, every size, every odd number. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Data,
  type Dtype,
  gauss,
  no_grad,
  rng,
  type Tensor,
  tensor,
} from "../../lib/autograd/index.ts";
import {
  type DeviceName,
  type Rule,
  set_default_device,
  set_num_threads,
  WasmDevice,
} from "../../lib/kernels/index.ts";
import { Arena } from "../../lib/kernels/arena.ts";
import * as optim from "../../lib/optim/index.ts";
import { differing, type Replayable } from "./golden.ts";

type Construct = { rule: Rule } & (new (params: unknown, options?: object) => Replayable);
const classes = Object.values({ ...optim, ...optim.extra }).filter(
  (value): value is never => (value as { rule?: Rule }).rule?.text !== undefined,
) as unknown as Construct[];

const SIZES = [0, 1, 3, 4, 5, 17, 2 ** 14 + 1];
const ODD = [NaN, Infinity, -Infinity, -0, 1e-45, -1e-40, 3e38, 1e-20];

/** Parameters of these sizes after three steps. */
function run(Class: Construct, device: DeviceName, sizes: number[], dtype: Dtype): Data[] {
  set_default_device(device);
  const normal = gauss(rng(11));
  const values = (size: number, odd: readonly number[]) =>
    Float64Array.from({ length: size }, (_, i) => odd[i - 4] ?? normal());
  const params = sizes.map((size) => tensor(values(size, []), { dtype, requires_grad: true }));
  const optimizer = new Class(params);
  for (let step = 0; step < 3; step++) {
    for (const param of params) param.grad = tensor(values(param.size, ODD), { dtype });
    optimizer.step();
  }
  set_default_device("auto");
  return params.map(({ data }) => data);
}

const places: Record<string, number[]> = {
  "each size": SIZES,
  "1,000 tiny tensors": Array.from({ length: 1000 }, (_, i) => i % 7),
};

for (const Class of classes) {
  for (const dtype of ["float32", "float64"] as const) {
    for (const [name, sizes] of Object.entries(places)) {
      test(`${Class.rule.name} ${dtype}, ${name}: wasm equals js`, () => {
        const expected = run(Class, "js", sizes, dtype);
        run(Class, "wasm", sizes, dtype).forEach((actual, i) => {
          assert.is(differing(actual, expected[i]!), 0, `size ${sizes[i]}`);
        });
      });
    }
  }
}

/** A large parameter after three steps, its gradients where backward leaves them. */
function runLarge(
  device: DeviceName,
  threads: number,
  size: number,
  Class: Construct = optim.AdamW as never,
): Data {
  set_default_device(device);
  set_num_threads(threads);
  const values = (seed: number) => {
    const next = rng(seed);
    return tensor(Float32Array.from({ length: size }, () => next() - 0.5));
  };
  const w = values(1);
  w.requires_grad = true;
  const opt = new Class([w]);
  for (let step = 0; step < 3; step++) {
    w.grad = null;
    no_grad(() => w.accumulateGrad(values(2 + step)));
    opt.step();
  }
  set_default_device("auto");
  return w.data;
}

for (const size of [2 ** 18, 2 ** 20 + 1]) {
  test(`${size} elements on 1, 2 and 3 threads: wasm equals js`, () => {
    const expected = runLarge("js", 1, size);
    for (const threads of [1, 2, 3]) {
      assert.is(differing(runLarge("wasm", threads, size), expected), 0, `${threads} threads`);
    }
    set_num_threads(2);
  });
}

for (const Class of classes) {
  test(`${Class.rule.name}: 2 threads have the bits of js, which has PyTorch's`, () => {
    const size = 2 ** 18 + 3;
    const expected = runLarge("js", 1, size, Class);
    assert.is(differing(runLarge("wasm", 2, size, Class), expected), 0);
  });
}

test("arrays that end anywhere in the memory: wasm equals js", () => {
  for (let size = 10_000; size < 30_000; size += 500) {
    const expected = runLarge("js", 1, size);
    assert.is(differing(runLarge("wasm", 1, size), expected), 0, `size ${size}`);
  }
});

// Each unit of a step once had room for 32 arguments, and wrote the others over the next unit's.
test("a rule with 40 options on 2 threads: wasm equals js", () => {
  const names = Array.from({ length: 40 }, (_, i) => `c${i}`);
  const Class = optim.defineOptimizer({
    name: "Forty",
    defaults: Object.fromEntries(names.map((name, i) => [name, (i - 20) / 400])),
    text: `theta = theta - ${names.map((name) => `${name} * g`).join(" - ")}`,
  });
  const expected = runLarge("js", 1, 2 ** 18, Class as never);
  assert.is(differing(runLarge("wasm", 2, 2 ** 18, Class as never), expected), 0);
});

test("a large model goes on from a state_dict with the same bits, on every device", () => {
  const size = 5000;
  const results = (["js", "wasm"] as const).map((device) => {
    set_default_device(device);
    const next = rng(3);
    const gradient = () => tensor(Float32Array.from({ length: size }, next));
    const make = (data: Data) => {
      const w = tensor(data, { requires_grad: true });
      return { w, opt: new optim.AdamW([w], { lr: 0.01 }) };
    };
    let { w, opt } = make(new Float32Array(size));
    for (let step = 0; step < 6; step++) {
      w.grad = gradient();
      opt.step();
      if (step !== 2) continue;
      const saved = opt.state_dict();
      ({ w, opt } = make(w.data));
      opt.load_state_dict(saved);
    }
    return w.data;
  });
  set_default_device("auto");
  assert.is(differing(results[1]!, results[0]!), 0);
});

test("a gradient that somebody looked at is never overwritten", () => {
  set_default_device("wasm");
  const w = tensor(new Float32Array(5000), { requires_grad: true });
  const opt = new optim.SGD([w]);
  const seen: number[] = [];
  const held: Tensor[] = [];
  for (let step = 1; step <= 3; step++) {
    opt.zero_grad();
    w.mul(step).sum().backward();
    if (step !== 2) held.push(w.grad!);
    seen.push(w.peekGrad()!.data[4999]!);
    opt.step();
  }
  set_default_device("auto");
  assert.equal(seen, [1, 2, 3]);
  assert.equal(
    held.map(({ data }) => data[4999]),
    [1, 3],
  );
});

test("two optimizers on one parameter see each other's steps", () => {
  for (const device of ["js", "wasm"] as const) {
    set_default_device(device);
    const w = tensor(new Float32Array(100_000), { requires_grad: true });
    const [a, b] = [new optim.SGD([w], { lr: 1 }), new optim.SGD([w], { lr: 10 })];
    w.grad = tensor(new Float32Array(100_000).fill(1));
    for (const opt of [a, b, a, b]) opt.step();
    assert.ok(
      w.data.every((value) => value === -22),
      device,
    );
  }
  set_default_device("auto");
});

test("what does not fit in 4 GiB is refused with size, limit and remedy, and nothing is lost", () => {
  // AdamW has the parameter, its gradient and two numbers of state.
  const device = new WasmDevice();
  device.admit(2 ** 28, 4);
  assert.throws(
    () => device.admit(2 ** 28 + 1, 4),
    /^parameters: 268435457 numbers of float32 .* take 4294967312 bytes\. .* 4294967296 .*set_default_device\("js"\)$/,
  );
  const arena = new Arena();
  const first = arena.allocate("float32", 1000).fill(7);
  const over = () => arena.allocate("float64", 2 ** 29);
  assert.throws(over, /^memory: 42949\d{5} bytes are needed, WebAssembly has 4294967296\. /);
  assert.ok(first.every((x) => x === 7));
  assert.is(arena.allocate("float32", 1000).length, 1000);
});

test("an unknown device is named, with the known ones", () => {
  assert.throws(
    () => set_default_device("wsam" as DeviceName),
    /^unknown device: "wsam". Known: js, wasm.*Did you mean "wasm"\?$/,
  );
});

test.run();
