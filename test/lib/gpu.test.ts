/// <reference types="@webgpu/types" />
/**
 * The GPU device on a software adapter, where there is one: PyTorch's recorded float32 trajectories,
 * bit for bit, and numbers that are none. Without one the error is what a reader sees.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { transformSync } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gauss, rng, type Tensor, tensor } from "../../lib/autograd/index.ts";
import { type DeviceName, type Rule, set_default_device } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot, root } from "../../root.ts";
import { differing, type GoldenFile, golden, type Replayable, replayAsync } from "./golden.ts";
import { onGpu, tiny } from "./gpu.ts";

type Construct = { rule: Rule } & (new (params: unknown, options?: object) => Replayable);
const classes = Object.values({ ...optim, ...optim.extra }).filter(
  (value): value is never => (value as { rule?: Rule }).rule?.text !== undefined,
) as unknown as Construct[];

for (const Class of classes) {
  const { name } = Class.rule;
  if (!existsSync(fromRoot("test", "golden", `${name}.json`))) continue;
  const { inputs, cases } = golden<GoldenFile>(name);
  const single = cases.filter((recorded) => inputs[recorded.inputs]!.dtype === "float32");
  onGpu(`${name} on gpu: ${single.length} cases`, async () => {
    for (const recorded of single) {
      const make = (groups: unknown, kwargs: unknown) => new Class(groups, kwargs as object);
      const given = inputs[recorded.inputs]!;
      assert.equal(await replayAsync(given, recorded, make, tiny(given)), []);
    }
  });
}

onGpu("more elements than one row of workgroups holds", async () => {
  const size = 65_535 * 256 + 5;
  const w = tensor(new Float32Array(size), { requires_grad: true });
  const opt = new optim.SGD([w], { lr: 1 });
  w.grad = tensor(new Float32Array(size).fill(1));
  opt.step();
  const data = await w.read();
  assert.is(
    data.findIndex((value) => value !== -1),
    -1,
  );
});

const conditions: [text: string, expected: number[]][] = [
  ["theta = where(not (g == 1), theta + 10, theta)", [1, 12, 13]],
  ["theta = where(not (g > 0 and theta > 0), theta + 10, theta)", [1, 12, 13]],
  ["theta = where(g > 0 and theta > 9 or g < 0, theta + 10, theta)", [1, 12, 3]],
  ["theta = where(g != 0, theta + 10, theta)", [11, 12, 3]],
  ["theta = where(flag, theta + g, theta)", [2, 1, 3]],
  ["theta = where(lr > 2 or not flag, theta + g, theta)", [1, 2, 3]],
  ["m = m + g\ntheta = where(first and g > 0, theta + 10, theta)", [11, 2, 3]],
];
for (const [text, expected] of conditions) {
  onGpu(`conditions mean on every device what they mean in Python: ${text}`, async () => {
    for (const device of ["js", "wasm", "gpu"] as const) {
      set_default_device(device);
      const defaults = { lr: 1, flag: true };
      const state = { m: { symbol: "m" } };
      const Own = optim.defineOptimizer({ name: "Own", defaults, state, text });
      const w = tensor([1, 2, 3], { requires_grad: true });
      w.grad = tensor([1, -1, 0]);
      new Own([w]).step();
      assert.equal([...(await w.read())], expected, device);
    }
    set_default_device("gpu");
  });
}

onGpu("float64 is refused, with what to use", () => {
  const w = tensor([1], { dtype: "float64", requires_grad: true });
  w.grad = tensor([1], { dtype: "float64" });
  assert.throws(
    () => new optim.SGD([w]).step(),
    /A GPU computes in float32; use the device "wasm"/,
  );
});

/** Gradients whose squares are still normal numbers, and what is no number at all. */
const ODD = [NaN, Infinity, -Infinity, -0, 0, 3e38, -2e38, 1e-15, -1e-15];
/** Gradients below the normal numbers. */
const SUBNORMAL = [1e-45, -1e-40, 1e-38];

/** Parameter and state after three steps with these gradients first and common ones after them. */
async function run(Class: Construct, device: "js" | "gpu", gradients: readonly number[]) {
  set_default_device(device);
  const normal = gauss(rng(7));
  const values = (odd: readonly number[]) =>
    Float32Array.from({ length: 40 }, (_, i) => odd[i] ?? normal());
  const w = tensor(values([]), { requires_grad: true });
  const opt = new Class([w]);
  for (let step = 0; step < 3; step++) {
    w.grad = tensor(values(gradients));
    opt.step();
  }
  set_default_device("gpu");
  const state = Object.entries(opt.state.get(w) ?? {}) as [string, Tensor][];
  const arrays = state.filter(([, { size }]) => size === 40);
  const read = async ([name, held]: [string, Tensor]) => [name, await held.read()] as const;
  return new Map(await Promise.all([["theta", w] as [string, Tensor], ...arrays].map(read)));
}

for (const Class of classes) {
  const { name } = Class.rule;
  onGpu(`${name}: NaN, infinities, zeros and huge numbers as on the CPU`, async () => {
    const expected = await run(Class, "js", ODD);
    for (const [array, data] of await run(Class, "gpu", ODD)) {
      assert.is(differing(data, expected.get(array)!), 0, array);
    }
  });

  // WGSL lets a GPU take numbers below 2^-126 for 0, as they come and as they arise.
  onGpu(`${name}: a subnormal gradient counts as it is or as 0`, async () => {
    const [full, flushed] = [await run(Class, "js", SUBNORMAL), await run(Class, "js", [0, 0, 0])];
    for (const [array, data] of await run(Class, "gpu", SUBNORMAL)) {
      data.forEach((x, i) => {
        const [a, b] = [full.get(array)![i]!, flushed.get(array)![i]!];
        const near = (y: number) => Math.abs(x - y) <= 2 ** -125;
        assert.ok(near(a) || near(b), `${array}[${i}]: ${x}, not ${a} or ${b}`);
      });
    }
  });
}

/** Optimizers without a kernel for all parameters, and a step of each. */
const onHost: Record<string, (params: Tensor[]) => { step(closure: () => number): unknown }> = {
  LBFGS: (params) => new optim.LBFGS(params),
  Adafactor: (params) => new optim.Adafactor(params),
  Muon: (params) => new optim.Muon(params),
  SparseAdam: (params) => new optim.SparseAdam(params),
};
const gradientFor = (name: string) =>
  name === "SparseAdam" ? optim.sparse_coo_tensor([[0]], [[1, -2]], [2, 2]) : tensor([[1, -2], [3, 0.5]]); // prettier-ignore

for (const [name, make] of Object.entries(onHost)) {
  const step = (device: DeviceName) => {
    set_default_device(device);
    const w = tensor([[1, 2], [3, 4]], { requires_grad: true }); // prettier-ignore
    const opt = make([w]);
    w.grad = gradientFor(name);
    opt.step(() => 1);
    set_default_device("gpu");
    return w.data;
  };
  onGpu(`${name} steps on the CPU where the GPU is the default`, () => {
    assert.is(differing(step("gpu"), step("wasm")), 0);
  });

  onGpu(
    `${name} refuses a parameter that another optimizer moved to the GPU, and changes nothing`,
    async () => {
      const w = tensor([[1, 2], [3, 4]], { requires_grad: true }); // prettier-ignore
      const [other, opt] = [new optim.SGD([w], { lr: 1 }), make([w])];
      const rows = optim.sparse_coo_tensor([[0]], [[0, 0]], [2, 2]);
      w.grad = tensor([[1, 1], [1, 1]]); // prettier-ignore
      other.step();
      w.grad = name === "SparseAdam" ? rows : gradientFor(name);
      const message = new RegExp(
        `^${name}: it steps on the CPU, .*\\[2, 2\\] are on the GPU\\. .*await w\\.read`,
      );
      assert.throws(() => opt.step(() => 1), message);
      assert.is((opt as optim.Muon).state.size, 0);
      assert.equal([...(await w.read())], [0, 1, 2, 3]);
      opt.step(() => 1);
    },
  );
}

for (const file of ["gpu.md", "gpu.zh.md"]) {
  onGpu(`docs/${file}: the example prints what its comment says`, () => {
    const code = readFileSync(fromRoot("docs", file), "utf8").match(/```ts\n([\s\S]*?)```/)![1]!;
    const expected = code.match(/console\.log.*\/\/ (.*)/)![1];
    // Inside the package, so that `downhill/optim` resolves to the package itself.
    const script = fromRoot("dist", `example-${file}.mjs`);
    writeFileSync(script, transformSync(code, { loader: "ts" }).code);
    const { stdout, stderr } = spawnSync(process.execPath, [script], {
      cwd: root,
      encoding: "utf8",
      timeout: 60_000,
    });
    rmSync(script);
    assert.is(stdout.trim(), expected, stderr);
  });
}

test("no GPU: the error names the device that always works", () => {
  const script = `
    const { gpu } = await import(${JSON.stringify(fromRoot("dist/lib/kernels/index.js"))});
    await gpu.ready.catch((error) => console.log(error.message));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, VK_ICD_FILENAMES: "/nowhere.json" },
    timeout: 60_000,
  });
  assert.match(stdout, /^gpu: no adapter was found.*Use the CPU: set_default_device\("wasm"\)$/m);
});

test.run();
