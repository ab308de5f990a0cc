/// <reference types="@webgpu/types" />
/** A GPU for tests: the machine's own, or Chromium's software one where that is installed. */
import { existsSync } from "node:fs";
import { test } from "uvu";
import { globals } from "webgpu";
import { gpu, set_default_device } from "../../lib/kernels/index.ts";

const SOFTWARE_DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (existsSync(SOFTWARE_DRIVER)) process.env.VK_ICD_FILENAMES ??= SOFTWARE_DRIVER;

const { prototype } = (globals as { GPUAdapter: typeof GPUAdapter }).GPUAdapter;
const { requestDevice } = prototype;
let newest: GPUDevice;
prototype.requestDevice = async function (...options) {
  return (newest = await requestDevice.apply(this, options));
};

/** Loses the GPU that was opened last. */
export const lose = () => newest.destroy();

const found = await gpu.ready.then(
  () => true,
  () => false,
);
if (found) set_default_device(gpu);
else console.log("needs a GPU: apt-get install libvulkan1 chromium-common");

/** A test that runs where there is a GPU, which is then the default device. */
export const onGpu = found ? test : test.skip;
