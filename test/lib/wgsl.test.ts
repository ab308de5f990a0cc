/// <reference types="@webgpu/types" />
/**
 * Every WGSL kernel through Dawn's own compiler, on its null backend, which needs no GPU: each rule
 * for each reading of its options and branches.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { create, globals } from "webgpu";
import { decidingOptions, type Options, printWgsl, specialise } from "../../lib/kernels/index.ts";
import { type Rule } from "../../lib/kernels/index.ts";
import { printProducts } from "../../lib/kernels/matmul/gpu.ts";
import { printBlocks, printNorm, printTotal } from "../../lib/kernels/reduce/gpu.ts";
import * as optim from "../../lib/optim/index.ts";
import { BLEND, DIVIDE, ROUND } from "../../lib/optim/muon/newton_schulz_gpu.ts";

Object.assign(globalThis, globals);
// The object must outlive its devices, or the process crashes when it is collected.
const none = ((globalThis as { nullGpu?: GPU }).nullGpu = create(["backend=null"]));
const device = await (await none.requestAdapter())!.requestDevice();

/** What the compiler says, and whether a pipeline can be made: with WebGPU's smallest limits. */
async function complaints(code: string): Promise<string[]> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const error = await device.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  return [...messages.map(({ message }) => message), ...(error === null ? [] : [error.message])];
}

/** The values of an option that may change the text: on and off, none and some, below 1/2 and above. */
function valuesOf(rule: Rule, name: string): unknown[] {
  const value = rule.defaults[name]!;
  if (name === "betas") return [value, (value as number[]).map(() => 0.3)];
  if (!decidingOptions(rule).includes(name)) return [value];
  return typeof value === "boolean" ? [false, true] : [value, 0, 0.3, 0.9];
}

function readings(rule: Rule): Options[] {
  return Object.keys(rule.defaults).reduce<Options[]>(
    (all, name) =>
      all.flatMap((options) =>
        valuesOf(rule, name).map((value) => ({ ...options, [name]: value as never })),
      ),
    [{}],
  );
}

const rules = Object.values({ ...optim, ...optim.extra }).flatMap((value) => {
  const { rule } = value as { rule?: Rule };
  return rule?.text === undefined ? [] : [rule];
});
for (const rule of rules) {
  test(`${rule.name} compiles in every reading`, async () => {
    const programs = readings(rule).map((options) => specialise(rule, options));
    const sources = programs.flatMap((program) =>
      [false, true].map((holds) => printWgsl(program, () => holds).source),
    );
    for (const source of new Set(sources)) assert.equal(await complaints(source), [], source);
  });
}

const byHand: Record<string, string> = {
  "sums of blocks": printBlocks("sum"),
  "sums of blocks of products": printBlocks("product"),
  "the total of sums": printTotal("sum"),
  "the total of products": printTotal("product"),
  norm: printNorm(),
  "products, 1 sum": printProducts(1),
  "products, 4 sums": printProducts(4),
  "products, 16 sums": printProducts(16),
  "rounded to bfloat16": ROUND,
  "divided by the norm": DIVIDE,
  blended: BLEND,
};
for (const [name, source] of Object.entries(byHand)) {
  test(`by hand: ${name} compiles`, async () => {
    assert.equal(await complaints(source), [], source);
  });
}

/** A rule whose option, state or line has this name. */
function called(word: string): Rule[] {
  const rule: Rule = {
    name: "Odd",
    papers: [],
    defaults: { lr: 1 },
    state: {},
    text: `${word} = g * g\ntheta = ${word} * lr`,
  };
  return [
    rule,
    { ...rule, defaults: { lr: 1, [word]: 0.3 }, text: `step = ${word} * g\ntheta = theta - step` },
    {
      ...rule,
      state: { [word]: { symbol: word } },
      text: `${word} = ${word} + g\ntheta = ${word}`,
    },
  ];
}

for (const word of ["_x", "threads", "u_x_", "final_", "lr_f32"]) {
  test(`what a rule calls "${word}" compiles under this name`, async () => {
    for (const rule of called(word)) {
      const { source } = printWgsl(specialise(rule));
      assert.equal(await complaints(source), [], source);
    }
  });
}

const words = "thread group number is_nan max_of min_of bitcast noncoherent partial NULL final";
for (const word of words.split(" ")) {
  test(`a rule may not call things "${word}", which is a word of WGSL's or the kernel's`, () => {
    for (const rule of called(word)) {
      assert.throws(() => specialise(rule), new RegExp(`"${word}" is a reserved word`));
    }
  });
}

const conditions = [
  "theta = where(first, theta - g, theta)",
  "theta = where(flag, theta - g, theta)",
  "theta = where(lr > 0.5, theta - g, theta)",
  "theta = where(flag and g > 0 or not first, theta - g, theta)",
  "theta = where(not (g > 0 and m > 0), theta, -theta)",
  "theta = where(g != 0 and not (m == 0), theta - lr * g, -theta)",
  "b = g > 0\ntheta = where(b, g, theta)",
];
for (const text of conditions) {
  test(`conditions of all kinds compile: ${text}`, async () => {
    const rule: Rule = {
      name: "Odd",
      papers: [],
      defaults: { lr: 1, flag: true },
      state: { m: { symbol: "m" } },
      text: `m = m + g\n${text}`,
    };
    const { source } = printWgsl(specialise(rule));
    assert.equal(await complaints(source), [], source);
  });
}

test("the compiler notices what is wrong", async () => {
  assert.ok(
    (await complaints("@compute @workgroup_size(1) fn main() { let a: f32 = 1u; }")).length > 0,
  );
});

test.run();
