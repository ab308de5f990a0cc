/** A whole training on the GPU: losses on the CPU, steps on the GPU, a read between them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Tensor } from "../../lib/autograd/index.ts";
import { type DeviceName, type Rule, set_default_device } from "../../lib/kernels/index.ts";
import * as nn from "../../lib/nn/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { onGpu } from "./gpu.ts";

const STEPS = 20;
const BATCH = 32;
const digits = nn.load_digits();
const images = digits.data.div(16);

interface Stepping {
  step(): void;
  zero_grad(): void;
}
type Construct = { rule: Rule } & (new (params: Tensor[], options?: object) => Stepping);
const classes = Object.values({ ...optim, ...optim.extra }).filter(
  (value): value is never => (value as { rule?: Rule }).rule?.text !== undefined,
) as unknown as Construct[];

/** The losses of a network with 32 hidden units. */
async function train(Class: Construct, device: DeviceName): Promise<number[]> {
  set_default_device(device);
  const model = new nn.Sequential(new nn.Linear(64, 32), new nn.ReLU(), new nn.Linear(32, 10));
  const parameters = model.parameters();
  parameters.forEach((w, k) => w.data.forEach((_, i) => (w.data[i] = Math.sin(i + k) / 8)));
  const opt = new Class(parameters);
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const places = Array.from({ length: BATCH }, (_, i) => step * BATCH + i);
    opt.zero_grad();
    const logits = model.forward(images.index_select(0, places) as never) as Tensor;
    const loss = nn.functional.cross_entropy(logits, digits.target.index_select(0, places));
    loss.backward();
    optim.clip_grad_norm_(parameters, 1);
    losses.push(loss.item());
    opt.step();
    await Promise.all(parameters.map((w) => w.read()));
  }
  set_default_device("gpu");
  return losses;
}

for (const Class of classes) {
  onGpu(`${Class.rule.name} trains a network on the GPU with the losses of the CPU`, async () => {
    assert.equal(await train(Class, "gpu"), await train(Class, "js"));
  });
}

test.run();
