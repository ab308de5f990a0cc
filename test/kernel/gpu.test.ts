/** The GPU in a notebook: `gpu` and `wasm`, on a software adapter and without any. */
import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";

const SOFTWARE_DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const test = suite<{ kernel: TestKernel; none: TestKernel }>("gpu");
const onGpu = existsSync(SOFTWARE_DRIVER) ? test : test.skip;
if (onGpu !== test) console.log("needs a GPU: apt-get install libvulkan1 chromium-common");

test.before(async (context) => {
  const start = (VK_ICD_FILENAMES: string) => TestKernel.start({ env: { VK_ICD_FILENAMES } });
  context.kernel = await start(SOFTWARE_DRIVER);
  context.none = await start("/nowhere.json");
});
test.after(async ({ kernel, none }) => {
  await kernel?.stop();
  await none?.stop();
});

const LOADED =
  "(process.report.getReport() as { sharedObjects: string[] }).sharedObjects" +
  ".some((file) => file.endsWith('.dawn.node') || file.endsWith('dawn.node'))";

test("a kernel starts without Dawn, and says how the GPU is opened", async ({ none }) => {
  assert.is((await none.execute(LOADED)).result, "false");
  assert.is((await none.execute("gpu")).result, "gpu: not open yet. await gpu.ready opens it");
  const { reply } = await none.execute("set_default_device(gpu)");
  assert.is(reply.evalue, "gpu: it is not open yet. Open it first: await gpu.ready");
});

test("no adapter: the error names the device that always works", async ({ none }) => {
  const { reply } = await none.execute("await gpu.ready");
  assert.is(reply.status, "error");
  assert.match(reply.evalue, /^gpu: no adapter was found.*set_default_device\("wasm"\)$/);
  assert.match((await none.execute("wasm")).result!, /^wasm: .+, \d+ threads?, .+GiB/);
  const info = "(await wasm.ready).threads === wasm.info.threads && get_default_device()";
  assert.is((await none.execute(`set_default_device(wasm); ${info}`)).result, "'wasm'");
});

test("a misspelt device is a type error", async ({ none }) => {
  assert.match((await none.execute("set_default_device('gpux')")).reply.evalue, /not assignable/);
});

onGpu("await gpu.ready opens it, and shows what it is", async ({ kernel }) => {
  const run = await kernel.execute("await gpu.ready");
  assert.match(run.result!, /name: '.+'.*backend: 'vulkan'/s);
  assert.match((await kernel.execute("gpu")).result!, /^gpu: .+\(a program on the CPU\), vulkan/);
  assert.is((await kernel.execute("gpu.info.limits.bytesPerArray > 1e6")).result, "true");
  assert.is((await kernel.execute(LOADED)).result, "true");
});

onGpu("a parameter on the GPU is shown with its numbers", async ({ kernel }) => {
  const cell =
    "set_default_device(gpu); const w = tensor([1, 2], { requires_grad: true });" +
    "const opt = new SGD([w], { lr: 1 }); w.mul(3).sum().backward(); opt.step(); w";
  assert.is((await kernel.execute(cell)).result, "tensor([-2., -1.], requires_grad=true)");
  const { reply } = await kernel.execute("opt.step(); w.data");
  assert.match(reply.evalue, /^data: the newest numbers .* await w\.read\(\)$/);
  assert.is((await kernel.execute("await w.read()")).result, "Float32Array(2) [ -5, -4 ]");
});

const cells: [what: string, source: string][] = [
  ["a loop of steps that waits for nothing", "for (;;) { opt.step(); steps++ }"],
  ["a loop of steps and reads", "for (;;) { opt.step(); await w.read(); steps++ }"],
  ["one long wait", "wideOpt.step(); steps++; await wide.read(); await new Promise(() => {})"],
];
for (const [what, source] of cells) {
  onGpu(`${what} is interrupted, and the numbers are those of whole steps`, async ({ kernel }) => {
    await kernel.execute(
      "w.data.fill(0); var steps = 0;" +
        "const wide = tensor(new Float32Array(2 ** 18), { requires_grad: true });" +
        "wide.grad = tensor(new Float32Array(2 ** 18).fill(1));" +
        "const wideOpt = new SGD([wide], { lr: 1 });",
    );
    const id = await kernel.submit(`console.log('running'); ${source}`);
    await kernel.waitForText(id, "running");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await kernel.request("interrupt_request", {}, "control");
    assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
    const after = await kernel.execute(
      "const [x, y] = await w.read(); const all = new Set(await wide.read()); " +
        "[x === y, Number.isInteger(x / 3), all.size, steps > 0]",
    );
    assert.is(after.result, "[ true, true, 1, true ]");
  });
}

test.run();
