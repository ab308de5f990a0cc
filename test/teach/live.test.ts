import { suite } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { printJs, specialise } from "../../lib/kernels/index.ts";
import { SGD } from "../../lib/optim/index.ts";
import { openRecord } from "../../lib/teach/book.ts";
import { jupyterDisplay } from "../../lib/teach/display.ts";
import { sceneCode } from "../../lib/teach/live-code.ts";
import { outline } from "../../lib/teach/live-contour.ts";
import { roundTicks } from "../../lib/teach/live-map.ts";
import { firstSetting, walkAll } from "../../lib/teach/live-scene.ts";
import type { Scene } from "../../lib/teach/live-walk.ts";
import { live, type LiveOptions } from "../../lib/teach/live.ts";
import { bowl, drizzle, saddle, valley } from "../../lib/teach/surfaces.ts";
import { need } from "../need.ts";
import { onPage } from "./browser.ts";
import { chapter } from "./record.ts";
import { untrusted } from "./untrusted.ts";

const test = suite("live");
test.before.each(() => openRecord(chapter, "en"));

const options: LiveOptions = {
  surface: valley(100),
  walkers: {
    "heavy <ball>": { optimizer: SGD },
    Nesterov: { optimizer: SGD, options: { nesterov: true } },
  },
  sliders: {
    lr: { min: 0.001, max: 0.04, value: 4 / 121 },
    momentum: { min: 0, max: 0.99, value: 81 / 121 },
    kappa: { min: 1, max: 1000, value: 100, log: true },
  },
  steps: 300,
  caption: "Which $\\mu$?",
  alt: "Two walks.",
};

const sceneOf = (changed: Partial<LiveOptions> = {}) =>
  new Function(`return ${sceneCode({ ...options, ...changed })}`)() as Scene;

const walkOf = (scene: Scene, values: Record<string, number> = {}) => {
  const setting = firstSetting(scene);
  return walkAll(scene, { ...setting, values: { ...setting.values, ...values } })[0]!;
};

test("the page walks exactly as the library does", () => {
  const surface = valley(100);
  const x = tensor([1, 1], { dtype: "float64", requires_grad: true });
  const optimizer = new SGD([x], { lr: 4 / 121, momentum: 81 / 121, nesterov: true });
  const expected = [[1, 1]];
  for (let k = 0; k < 20; k++) {
    x.grad = tensor(surface.gradient(x.data[0]!, x.data[1]!), { dtype: "float64" });
    optimizer.step();
    expected.push([...x.data]);
  }
  const scene = sceneOf({ steps: 20 });
  assert.equal(walkAll(scene, firstSetting(scene))[1]!.points, expected);
});

test("the page runs the very text that is printed from the rule", async () => {
  const { source } = printJs(specialise(SGD.rule, { momentum: 0.9 }, "float64"));
  assert.ok(sceneCode(options).includes(source));
  assert.ok(((await live(options)[jupyterDisplay]())["text/html"] as string).includes(source));
});

const manners: [values: Record<string, number>, style: string, arrived: number | null][] = [
  [{}, "arrive", 95],
  [{ momentum: 0, lr: 0.001 }, "crawl", null],
  [{ momentum: 0.99 }, "ring", null],
  [{ momentum: 0.9, lr: 0.0385 }, "explode", null],
  [{ kappa: 10, momentum: 0, lr: 0.04 }, "crawl", null],
];

for (const [values, style, arrived] of manners) {
  test(`a walk with ${JSON.stringify(values)} ${style}s`, () => {
    const walk = walkOf(sceneOf(), values);
    assert.is(walk.style, style);
    assert.is(walk.arrived, arrived);
  });
}

test("a slider at 0 takes the same steps as an optimizer without that option", () => {
  const walkers = { SGD: { optimizer: SGD } };
  const without = sceneOf({ walkers, sliders: { lr: options.sliders.lr! } });
  assert.equal(
    walkOf(sceneOf({ walkers }), { momentum: 0, lr: 0.01 }).points,
    walkOf(without, { lr: 0.01 }).points,
  );
});

test("other surfaces: a curve, a saddle with two floors, seeded drizzle", () => {
  const lr = { lr: { min: 0, max: 1, value: 0.1 } };
  const walkers = { SGD: { optimizer: SGD } };
  const curve = walkOf(sceneOf({ surface: bowl(), walkers, sliders: lr }));
  assert.is(
    curve.points[10]![0],
    [...Array(10)].reduce((x: number) => x - 0.1 * x, 1),
  );
  assert.is(walkOf(sceneOf({ surface: saddle(), walkers, sliders: lr })).style, "arrive");
  const rain = sceneOf({ surface: drizzle(5, 1), walkers, sliders: lr });
  assert.equal(walkOf(rain), walkOf(rain));
  assert.is.not(walkOf(rain).points[1]![0], 0.9);
});

const refused: [name: string, changed: Partial<LiveOptions>, message: RegExp][] = [
  [
    "a slider of nothing",
    { sliders: { lrr: { min: 0, max: 1, value: 0 } } },
    /unknown slider: "lrr".*"lr"/,
  ],
  [
    "a value outside",
    { sliders: { lr: { min: 0, max: 1, value: 2 } } },
    /slider: lr from 0 to 1 at 2/,
  ],
  [
    "a log from 0",
    { sliders: { lr: { min: 0, max: 1, value: 1, log: true } } },
    /log slider above 0/,
  ],
  ["no walker", { walkers: {} }, /live: 0 walkers/],
  ["no steps", { steps: 0 }, /steps: 0/],
  [
    "what the optimizer refuses",
    { walkers: { a: { optimizer: SGD, options: { lr: -1 } } }, sliders: {} },
    /Invalid learning rate: -1/,
  ],
];

for (const [name, changed, message] of refused) {
  test(`refused: ${name}`, () => assert.throws(() => live({ ...options, ...changed }), message));
}

test("an untrusted notebook keeps a still picture, its numbers and the caption", async () => {
  const bundle = await live(options)[jupyterDisplay]();
  const left = untrusted(bundle["text/html"] as string);
  assert.match(left, /<img src="data:image\/svg\+xml,[^"]+" alt="Two walks\."/);
  assert.match(left, /heavy &lt;ball>.*95.*arrives/s);
  assert.match(left, /A still picture/);
  assert.match(
    bundle["text/plain"] as string,
    /Which μ\?\n\[Two walks.\]\nheavy <ball>: 95, arrives/,
  );
  assert.ok((bundle["image/png"] as string).startsWith("iVBOR"));
});

test("contour lines: the outline of a hill, and nothing where all is below", () => {
  const values = Float64Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0);
  const grid = { columns: 2, rows: 2, values };
  assert.is(outline(grid, 2, 10), "");
  assert.is(outline(grid, 0.5, 10).match(/[ML]/g)?.length, 4, "a diamond");
  assert.ok(outline(grid, 0.5, 10).includes("15,10"));
  assert.match(outline(grid, 0, 10), /[ML]0,0[LZ]/, "the frame closes what reaches the border");
});

const ticks: [from: number, to: number, ticks: number[]][] = [
  [0, 10, [0, 2, 4, 6, 8, 10]],
  [-1.25, 1.25, [-1, -0.5, 0, 0.5, 1]],
  [0, 300, [0, 50, 100, 150, 200, 250, 300]],
];

for (const [from, to, expected] of ticks) {
  test(`round numbers from ${from} to ${to}`, () => assert.equal(roundTicks(from, to), expected));
}

const chromium = need("chromium");
(chromium ? test : test.skip)(
  "in the page the sliders, keys, buttons and the start work",
  async () => {
    openRecord(chapter, "zh");
    const zh = (await live({ ...options, steps: 200 })[jupyterDisplay]())["text/html"] as string;
    openRecord(chapter, "en");
    const en = (await live(options)[jupyterDisplay]())["text/html"] as string;
    await onPage(chromium!, zh + en, async (page) => {
      const figure = page.locator(".downhill-live").nth(1);
      const table = figure.locator(".downhill-readout");
      const says = (words: string) =>
        table.locator(`text=${words}`).first().waitFor({ state: "visible" });
      await says("95");
      assert.is(await page.locator(".downhill-live[data-ready] .dh-drawing").count(), 2);
      assert.match(
        (await figure.locator(".dh-drawing").first().getAttribute("aria-label")) ?? "",
        /Two/,
      );

      const lr = figure.getByLabel("lr");
      await lr.fill("0.001");
      await figure.getByLabel("momentum").fill("0");
      await says("crawls");
      await figure.getByLabel("momentum").fill("0.9");
      await lr.press("End");
      await says("explodes");
      await figure.getByRole("button", { name: "Reset" }).click();
      await says("95");

      await figure.getByRole("button", { name: "Nesterov" }).click();
      await table.locator("tbody tr").nth(1).waitFor({ state: "detached" });

      const kappa = figure.getByLabel("kappa");
      const ground = figure.locator(".dh-ground");
      const before = await ground.innerHTML();
      const isDrawn = (same: boolean) =>
        page.waitForFunction(
          ([was, same]) => (document.querySelectorAll(".dh-ground")[1]!.innerHTML === was) === same,
          [before, same] as const,
        );
      await kappa.press("Home");
      await isDrawn(false);
      await figure.getByRole("button", { name: "Reset" }).click();
      await isDrawn(true);

      for (const focusable of await figure.locator("input, button, .dh-start").all()) {
        assert.is(await focusable.getAttribute("data-lm-suppress-shortcuts"), "true");
      }

      const start = figure.locator(".dh-start");
      await start.focus();
      await page.keyboard.press("ArrowLeft");
      assert.match((await start.getAttribute("aria-label")) ?? "", /start \(0\.95, 1\)/);
      const box = (await start.boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x - 100, box.y + 100, { steps: 3 });
      await page.mouse.up();
      assert.not.match((await start.getAttribute("aria-label")) ?? "", /0\.95/);
      assert.match(await page.locator(".downhill-readout").nth(0).innerText(), /没到|到了/);
    });
  },
);

test.run();
