/** The door of the bench room; speed itself is never tested. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { benches, runBench } from "../bench/index.ts";
import { quantile, toMarkdown } from "../bench/report.ts";
import { fromRoot } from "../root.ts";

for (const name of [undefined, "kernels", "constructor"]) {
  test(`bench ${name}: the error names those that are known`, async () => {
    const error = await runBench(name, []).catch(String);
    assert.match(String(error), `bench: ${name ?? "none given"}. Known: kernel, step`);
  });
}

for (const [name, load] of Object.entries(benches)) {
  test(`bench ${name} exists`, async () => assert.type((await load()).bench, "function"));
}

test("every kept result is one of a bench that exists", () => {
  const folder = fromRoot("bench", "results");
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    assert.ok(file.replace(/\.(md|svg)$/, "") in benches, file);
  }
});

test("the README says what the kept results say", () => {
  const read = (...path: string[]) => readFileSync(fromRoot("bench", ...path), "utf8");
  const text = read("README.md").replaceAll("\n", " ");
  const step = read("results", "step.md");
  const [, unreached] = /What is not reached: (.*) ## `train`/.exec(text)!;
  const missed = [...step.matchAll(/\| *(\S+) \| *\S+ \| *no \|/g)].map(([, ratio]) => ratio);
  assert.equal([...unreached!.matchAll(/\d\.\d\d/g)].map(String).sort(), missed.sort());
  const train = read("results", "train.md");
  const ratios = (who: string) => [
    ...train.matchAll(new RegExp(`^\\| ${who}.* (\\S+) \\|$`, "gm")),
  ];
  const [torch, jax, tf] = ["PyTorch, 1 thread", "jax-js", "TensorFlow.js, wasm"].map((who) =>
    ratios(who).map(([, ratio]) => ratio),
  );
  const [small, large] = [0, 1].map((n) => [torch![n], jax![n], tf![n]]);
  assert.match(
    text,
    `takes ${small![0]} of Downhill's time on one thread, jax-js ${small![1]}, TensorFlow.js on ` +
      `WebAssembly ${small![2]}; on the large one ${large![0]}, ${large![1]} and ${large![2]}.`,
  );
});

test("a report names command, machine, versions and figures", async () => {
  const tables = [{ title: "Start", head: ["kernel", "ms"], rows: [["a|b", "1.0"]] }];
  const peers = { tslab: "missing: npm install tslab" };
  const page = await toMarkdown("npm run bench -- x", { about: "Medians.", peers, tables });
  for (const part of ["npm run bench -- x", "cores", process.version, "npm install tslab"]) {
    assert.match(page, part);
  }
  assert.match(page, /## Start\n\n\| kernel +\| +ms \|\n[-| :]+\n\| a\\\|b +\| 1\.0 \|/);
});

test("quantiles of values in any order, which stay as they were", () => {
  const values = [3, 1, 2, 5, 4];
  assert.is(quantile(values, 0.5), 3);
  assert.is(quantile(values, 0.95), 5);
  assert.is(quantile([7], 0.5), 7);
  assert.equal(values, [3, 1, 2, 5, 4]);
  assert.throws(() => quantile([], 0.5), /of no values/);
});

test.run();
