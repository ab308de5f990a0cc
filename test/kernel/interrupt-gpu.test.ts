import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";

/** A GPU at work cannot be stopped; the cell that waits for it can, and the session goes on. */
const test = suite("interrupt a GPU dispatch");

const SOFTWARE_DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** A dispatch of minutes on a software GPU; on a real one there are many of them. */
const SETUP = `
const { create, globals } = await import("webgpu");
Object.assign(globalThis, globals);
globalThis.gpuRoot = create([]);
const adapter = await globalThis.gpuRoot.requestAdapter();
const device = await adapter?.requestDevice();
const code = "@group(0) @binding(0) var<storage, read_write> x: array<f32>;" +
  "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {" +
  "var a = x[id.x]; for (var i = 0u; i < 2000000u; i++) { a = a * 1.0000001 + 0.000001; } x[id.x] = a; }";
const pipeline = device?.createComputePipeline({
  layout: "auto",
  compute: { module: device.createShaderModule({ code }), entryPoint: "main" },
});
const buffer = device?.createBuffer({ size: 64 * 4 * 512, usage: 0x80 });
const group = device?.createBindGroup({
  layout: pipeline.getBindGroupLayout(0),
  entries: [{ binding: 0, resource: { buffer } }],
});
let kept = 1;
function dispatch() {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(512);
  pass.end();
  device.queue.submit([encoder.finish()]);
  return device.queue.onSubmittedWorkDone();
}
device !== undefined`;

test("the wait for a dispatch, and a loop of them", async () => {
  const env: Record<string, string> = { DOWNHILL_TYPECHECK: "off" };
  if (existsSync(SOFTWARE_DRIVER)) env.VK_ICD_FILENAMES = SOFTWARE_DRIVER;
  const kernel = await TestKernel.start({ env });
  try {
    const setup = await kernel.execute(SETUP);
    assert.is(setup.reply.status, "ok", setup.reply.evalue);
    if (setup.result !== "true") {
      assert.not(process.env.CI, "needs a GPU: apt-get install libvulkan1 chromium-common");
      return;
    }
    for (const source of [
      "kept = 2; console.log('on'); await dispatch()",
      "console.log('on'); for (;;) { kept++; await dispatch() }",
    ]) {
      const id = await kernel.submit(source);
      await kernel.waitForText(id, "on");
      await new Promise((resolve) => setTimeout(resolve, 100));
      await kernel.request("interrupt_request", {}, "control");
      assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
    }
    assert.match((await kernel.execute("kept")).result ?? "", /^[3-9]\d*$|^\d{2,}$/);
  } finally {
    await kernel.stop();
  }
});

test.run();
