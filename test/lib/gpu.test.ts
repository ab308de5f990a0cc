/// <reference types="@webgpu/types" />
/**
 * The GPU device on a software adapter, where there is one: PyTorch's recorded float32 trajectories,
 * bit for bit. Without one the shaders are still compiled, and the error is what a reader sees.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { create, globals } from "webgpu";
import { tensor } from "../../lib/autograd/index.ts";
import { printWgsl, type Rule, specialise } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot, root } from "../../root.ts";
import {
  decode,
  type GoldenFile,
  golden,
  type Inputs,
  type Replayable,
  replayAsync,
  type Skip,
} from "./golden.ts";
import { onGpu } from "./gpu.ts";

type Construct = { rule: Rule } & (new (params: unknown, options?: object) => Replayable);
const classes = Object.values({ ...optim, ...optim.extra }).filter(
  (value): value is never => (value as { rule?: Rule }).rule?.text !== undefined,
) as unknown as Construct[];

/**
 * Elements that ever get a gradient whose square is smaller than the smallest normal number: a GPU
 * may take such products for 0.
 */
function tinyGradients({ grads, dtype }: Inputs): Skip {
  const decoded = grads.map((step) =>
    step.map((text) => (text === null ? [] : decode(text, dtype))),
  );
  return (param, i) =>
    decoded.some((step) => step[param]![i] !== 0 && Math.abs(step[param]![i] ?? 1) < 1e-15);
}

for (const Class of classes) {
  const { name } = Class.rule;
  if (!existsSync(fromRoot("test", "golden", `${name}.json`))) continue;
  const { inputs, cases } = golden<GoldenFile>(name);
  const single = cases.filter((recorded) => inputs[recorded.inputs]!.dtype === "float32");
  onGpu(`${name} on gpu: ${single.length} cases`, async () => {
    for (const recorded of single) {
      const make = (groups: unknown, kwargs: unknown) => new Class(groups, kwargs as object);
      const given = inputs[recorded.inputs]!;
      assert.equal(await replayAsync(given, recorded, make, tinyGradients(given)), []);
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

onGpu("float64 is refused, with what to use", () => {
  const w = tensor([1], { dtype: "float64", requires_grad: true });
  w.grad = tensor([1], { dtype: "float64" });
  assert.throws(
    () => new optim.SGD([w]).step(),
    /A GPU computes in float32; use the device "wasm"/,
  );
});

test("every shader compiles, also without a GPU", async () => {
  Object.assign(globalThis, globals);
  // The object must outlive its devices, or the process crashes when it is collected.
  const none = ((globalThis as { nullGpu?: GPU }).nullGpu = create(["backend=null"]));
  const device = await (await none.requestAdapter())!.requestDevice();
  const options = { amsgrad: true, momentum: 0.9, weight_decay: 0.1, centered: true };
  for (const { rule } of classes) {
    for (const holds of [false, true]) {
      const { source } = printWgsl(specialise(rule, options), () => holds);
      const { messages } = await device.createShaderModule({ code: source }).getCompilationInfo();
      assert.equal(
        messages.map(({ message }) => message),
        [],
        rule.name,
      );
    }
  }
});

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
