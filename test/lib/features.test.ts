/**
 * FEATURES.md is what the classes say. A page that differs is written beside it as
 * FEATURES-changed.md; `UPDATE=1` accepts what is printed.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot } from "../../root.ts";
import { defaultsOf, features, optimizers, shown } from "./features.ts";
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

test.run();
