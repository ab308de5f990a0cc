/// <reference types="@webgpu/types" />
/** A GPU for tests: the machine's own, or Chromium's software one where that is installed. */
import { existsSync } from "node:fs";
import { test } from "uvu";
import { globals } from "webgpu";
import { gpu, set_default_device } from "../../lib/kernels/index.ts";
import { decode, type Inputs, type Skip } from "./golden.ts";

const SOFTWARE_DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (existsSync(SOFTWARE_DRIVER)) process.env.VK_ICD_FILENAMES ??= SOFTWARE_DRIVER;

/**
 * Elements that start below the smallest normal number, or ever get a gradient whose square is: a GPU
 * may take such numbers for 0.
 */
export function tiny({ params, grads, dtype }: Inputs): Skip {
  const starts = params.map((text) => decode(text, dtype));
  const decoded = grads.map((step) =>
    step.map((text) => (text === null ? [] : decode(text, dtype))),
  );
  const below = (x: number | undefined, limit: number) => x !== 0 && Math.abs(x ?? 1) < limit;
  return (param, i) =>
    below(starts[param]![i], 2 ** -126) || decoded.some((step) => below(step[param]![i], 1e-15));
}

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
