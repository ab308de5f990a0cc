/**
 * Numbers that are none, or hardly any: zero, denormal, huge, infinite and NaN gradients and
 * parameters, and parameters without elements. Every rule on every device ends where PyTorch ends;
 * on a GPU but for denormal numbers, which it may take for 0.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type DeviceName, gpu, set_default_device } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { type Case, golden, type Inputs, type Replayable, replay, replayAsync } from "./golden.ts";
import { onGpu, tiny } from "./gpu.ts";

const recorded = golden<{
  torch: string;
  inputs: Record<"float32" | "float64", Inputs>;
  classes: Record<string, Case[]>;
}>("odd");

type Construct = new (groups: unknown, kwargs: unknown) => Replayable;
const classes = optim as unknown as Record<string, Construct>;
const maker = (name: string) => (groups: unknown, kwargs: unknown) =>
  new classes[name]!(groups, kwargs);

for (const [name, cases] of Object.entries(recorded.classes)) {
  for (const device of ["js", "wasm"] satisfies DeviceName[]) {
    test(`${name} on ${device} ends where PyTorch ${recorded.torch} ends`, () => {
      set_default_device(device);
      for (const each of cases) {
        const inputs = recorded.inputs[each.inputs as "float32"];
        assert.equal(replay(inputs, each, maker(name)), []);
      }
      set_default_device("auto");
    });
  }
}

for (const [name, cases] of Object.entries(recorded.classes)) {
  onGpu(`${name} on gpu ends where PyTorch ${recorded.torch} ends`, async () => {
    set_default_device(gpu);
    const inputs = recorded.inputs.float32;
    for (const each of cases.filter((each) => each.inputs === "float32")) {
      assert.equal(await replayAsync(inputs, each, maker(name), tiny(inputs)), []);
    }
    set_default_device("auto");
  });
}

test.run();
