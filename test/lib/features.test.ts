/**
 * FEATURES.md is what the classes say. A page that differs is written beside it as
 * FEATURES-changed.md; `UPDATE=1` accepts what is printed.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot } from "../../root.ts";
import { required } from "../../lib/optim/keywords.ts";
import {
  averaging,
  defaultsOf,
  features,
  optimizers,
  others,
  schedulers,
  shown,
} from "./features.ts";
import { golden } from "./golden.ts";

for (const [lang, name] of [
  ["en", "FEATURES"],
  ["zh", "FEATURES.zh"],
] as const) {
  test(`${name}.md`, () => {
    const page = `${features(lang)}\n`;
    const file = fromRoot(`${name}.md`);
    const changed = fromRoot(`${name}-changed.md`);
    if (process.env.UPDATE) writeFileSync(file, page);
    const same = existsSync(file) && readFileSync(file, "utf8") === page;
    if (same) rmSync(changed, { force: true });
    else writeFileSync(changed, page);
    assert.ok(same, `compare with ${changed}; UPDATE=1 accepts it`);
  });
}

const { signatures } = golden<{ signatures: Record<string, string> }>("state_dict");

test("every optimizer of PyTorch is there", () => {
  assert.equal(Object.keys(optimizers).sort(), Object.keys(signatures).sort());
});

/** `lr: float | torch.Tensor = 0.001`: the name and the default of each option. */
function recorded(signature: string): [string, string][] {
  const options = signature
    .slice(signature.indexOf(" lr:"))
    .matchAll(/(\w+): [^=()]*(?:\[[^=]*\][^=()]*)?= (\([^)]*\)|[^,)]+)/g);
  return [...options].map(([, name, value]) => [name!, value!.trim()]);
}

/** A default as Python writes it. */
function inPython(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(inPython).join(", ")})`;
  const words: Record<string, string> = { true: "True", false: "False", null: "None" };
  return words[shown(value)] ?? String(Number(value));
}
const asNumber = (text: string) =>
  text.replace(/-?\d[\d.]*(?:e[+-]?\d+)?/g, (number) => String(Number(number)));

for (const [name, signature] of Object.entries(signatures)) {
  test(`${name}: options and defaults are those of PyTorch's signature`, () => {
    const expected = recorded(signature).map(([key, value]) => [key, asNumber(value)]);
    // AdamW inherits the switch from Adam and shows it in its groups, but its constructor lacks it.
    const own = Object.entries(defaultsOf(name)).filter(
      ([key]) => name !== "AdamW" || key !== "decoupled_weight_decay",
    );
    const actual = own.map(([key, value]) => [key, inPython(value)]);
    assert.ok(expected.length > 3);
    const sorted = (rows: string[][]) => [...rows].sort(([a], [b]) => (a! < b! ? -1 : 1));
    assert.equal(sorted(actual), sorted(expected));
  });
}

test("every scheduler and function of PyTorch's is exported", () => {
  const schedulers = [
    ...["LambdaLR", "MultiplicativeLR", "StepLR", "MultiStepLR", "ConstantLR", "LinearLR"],
    ...["ExponentialLR", "SequentialLR", "PolynomialLR", "CosineAnnealingLR", "ChainedScheduler"],
    ...[
      "ReduceLROnPlateau",
      "CyclicLR",
      "CosineAnnealingWarmRestarts",
      "OneCycleLR",
      "LRScheduler",
    ],
  ];
  assert.equal(Object.keys(optim.lr_scheduler).sort(), schedulers.sort());
  const averaging = [
    ...["AveragedModel", "SWALR", "update_bn", "get_ema_avg_fn", "get_ema_multi_avg_fn"],
    ...["get_swa_avg_fn", "get_swa_multi_avg_fn"],
  ];
  assert.equal(Object.keys(optim.swa_utils).sort(), averaging.sort());
});

interface Signatures {
  torch: string;
  lr_scheduler: Record<string, Record<string, unknown>>;
  swa_utils: Record<string, Record<string, unknown>>;
  others: Record<string, Record<string, unknown>>;
}
const recordedSignatures = golden<Signatures>("signatures");

/** What PyTorch has and this library has not, or the other way round, with the reason. */
const apart: Record<string, string> = {
  optimizer: "the first argument of every scheduler here",
  device: "an optimizer's device is chosen by set_default_device",
  device_type: "the same",
  foreach: "there is one way for all tensors",
  cache_enabled: "casts are not kept",
  fn: "what runs, in place of a context manager",
  dtype: "PyTorch takes it from the device",
};

const tables = { lr_scheduler: schedulers, swa_utils: averaging, others };
for (const [room, classes] of Object.entries(tables)) {
  for (const [name, options] of Object.entries(classes)) {
    if (name === "swap_in_optimizer_params_and_state") continue;
    test(`${name}: options and defaults are those of PyTorch ${recordedSignatures.torch}`, () => {
      const signature = recordedSignatures[room as keyof typeof tables][name];
      assert.ok(signature, "PyTorch has it");
      const own = (values: Record<string, unknown>) =>
        Object.entries(values)
          .filter(
            ([key]) => !(key in apart) || (key === "optimizer" && name === "ChainedScheduler"),
          )
          .map(([key, value]) => [key, value === required ? "required" : value]);
      assert.equal(own(options), own(signature!));
    });
  }
}

test("every scheduler and function that PyTorch lists is there", () => {
  for (const [room, classes] of Object.entries(tables)) {
    const wanted = Object.keys(recordedSignatures[room as keyof typeof tables]);
    const missing = wanted.filter((name) => !(name in classes) && name !== "LRScheduler");
    assert.equal(missing, [], room);
  }
});

test.run();
