import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRecord } from "../../lib/teach/book.ts";
import { jupyterDisplay } from "../../lib/teach/display.ts";
import type { Lang } from "../../lib/teach/record.ts";
import { quiz } from "../../lib/teach/quiz.ts";
import { need } from "../need.ts";
import { onPage } from "./browser.ts";
import { chapter } from "./record.ts";
import { untrusted } from "./untrusted.ts";

const test = suite("quiz");
test.before.each(() => openRecord(chapter, "en"));

async function show(id: string, computed?: number, lang: Lang = "en") {
  openRecord(chapter, lang);
  const bundle = await quiz(id, computed)[jupyterDisplay]();
  return { bundle, html: bundle["text/html"] as string };
}

const keys: [id: string, computed: number | string | undefined, message: RegExp | null][] = [
  ["Q99.1", 0.6694, null],
  ["Q99.1", 0.67, null],
  ["Q99.2", undefined, null],
  ["Q99.1", 0.8, /"Q99.1" is marked B, but the computed value 0.8 chooses C/],
  ["Q99.1", "0.67", /computed value: 0.67 chooses no option of "Q99.1". Values: 0, 0.67, 0.9/],
  ["Q99.1", NaN, /computed value: NaN chooses no option/],
  ["Q99.1", 0.335, /computed value: 0.335 chooses no option/],
  ["Q99.1", undefined, /has a computed key, call quiz\("Q99.1", value\)/],
  ["Q99.2", 3, /computed value: 3 chooses no option of "Q99.2". Values: none/],
  ["Q99.3", 1, /unknown quiz: "Q99.3". Known: Q99.1, Q99.2. Did you mean/],
];

for (const [id, computed, message] of keys) {
  test(`the key is computed: ${id}, ${computed}`, () => {
    if (message === null) quiz(id, computed);
    else assert.throws(() => quiz(id, computed), message);
  });
}

test("exactly one option is right", () => {
  const options = chapter.quizzes["Q99.2"]!.options.map((option) => ({ ...option, right: true }));
  const quizzes = { twice: { ...chapter.quizzes["Q99.2"]!, options } };
  openRecord({ ...chapter, quizzes }, "en");
  assert.throws(() => quiz("twice"), /quiz: "twice" has 2 right options, must have 1/);
});

test("an untrusted notebook keeps every option with its explanation, and no TeX", async () => {
  const { html } = await show("Q99.1", 0.67);
  const left = untrusted(html);
  assert.is(left.match(/<details/g)?.length, 3);
  for (const said of ["That is descent.", "The <em>formula</em>.", "✓ Right.", "✗ No."]) {
    assert.ok(left.includes(said), said);
  }
  assert.ok(left.includes("<i>μ</i><sup>*</sup>"));
  assert.ok(left.includes("&#x3C;>&#x26;"), "what an author writes is escaped");
  assert.not.match(left, /\$|\\mu|var\(/);
});

test("programs read the key, consoles the question", async () => {
  const { bundle } = await show("Q99.1", 0.67, "zh");
  const json = bundle["application/vnd.downhill.quiz+json"] as {
    lang: string;
    options: { letter: string; right: boolean }[];
  };
  assert.is(json.lang, "zh");
  assert.equal(
    json.options.filter((option) => option.right).map((option) => option.letter),
    ["B"],
  );
  assert.is(bundle["text/plain"], "最好的 μ？\n  A. 0\n  B. μ*\n  C. 0.9 <>&");
});

test("the same quiz gives the same bytes", async () => {
  assert.equal((await show("Q99.1", 0.67)).bundle, (await show("Q99.1", 0.67)).bundle);
});

const chromium = need("chromium");
const browserTest = chromium ? test : test.skip;

browserTest("two quizzes on one page answer by click and by keyboard", async () => {
  const zh = await show("Q99.1", 0.67, "zh");
  const en = await show("Q99.2");
  await onPage(chromium!, zh.html + en.html, async (page) => {
    const [first, second] = [
      page.getByRole("radiogroup").nth(0),
      page.getByRole("radiogroup").nth(1),
    ];
    assert.is(await first.getByRole("radio").count(), 3);
    assert.is(await page.locator("details").count(), 0);

    await first.getByRole("radio").nth(2).click();
    const feedback = page.locator("[aria-live=polite]");
    assert.match(await feedback.nth(0).innerText(), /还没到谷底.*Folklore/s);

    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    assert.match(await feedback.nth(0).innerText(), /到谷底了.*formula/s);
    assert.is(await first.getByRole("radio", { checked: true }).innerText(), "B\nμ*");

    assert.is(await feedback.nth(1).innerText(), "");
    await second.getByRole("radio").nth(0).focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Space");
    assert.match(await feedback.nth(1).innerText(), /Not the valley floor.*No/s);
  });
});

browserTest("keys do not reach the notebook around the quiz", async () => {
  const { html } = await show("Q99.2");
  await onPage(chromium!, html, async (page) => {
    await page.evaluate(
      "document.body.addEventListener('keydown', (e) => (window.leaked = e.key))",
    );
    await page.getByRole("radio").nth(0).focus();
    await page.keyboard.press("ArrowDown");
    assert.is(await page.evaluate("window.leaked"), undefined);
    assert.is(await page.locator(":focus[data-lm-suppress-shortcuts]").count(), 1);
  });
});

test.run();
