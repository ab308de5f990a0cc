import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRecord } from "../../lib/teach/book.ts";
import { card } from "../../lib/teach/card.ts";
import { fillGaps, hasGaps } from "../../lib/teach/cloze.ts";
import { jupyterDisplay } from "../../lib/teach/display.ts";
import { need } from "../need.ts";
import { onPage } from "./browser.ts";
import { chapter } from "./record.ts";
import { untrusted } from "./untrusted.ts";

const test = suite("card");
test.before.each(() => openRecord(chapter, "en"));

async function show(...ids: string[]) {
  const bundle = await card(...ids)[jupyterDisplay]();
  return { html: bundle["text/html"] as string, text: bundle["text/plain"] as string };
}

test("an untrusted notebook keeps fronts and backs, escaped and without TeX", async () => {
  const left = untrusted((await show("ch99-01", "ch99-02")).html);
  assert.is(left.match(/<details/g)?.length, 2);
  assert.ok(left.includes("<code>a &#x3C; b</code>"));
  assert.not.match(left, /\$|\\mu|\{\{/);
});

test("a gap is dots on the front and filled on the back", async () => {
  const [front, back] = (await show("ch99-02")).text.split("→");
  assert.match(front!, /It walks η\(\[…\]\)/);
  assert.match(back!, /It walks η\(g.\+.μv\).*Not v/s);
});

const gaps: [source: string, shown: string][] = [
  ["a {{c1::b}} c", "a <b> c"],
  ["{{c1::a}}{{c2::b}}", "<a><b>"],
  ["$x^{{c1::2}}$", "$x^[2]$"],
  ["$${{c1::\\frac{a}{b}}}$$ and {{c1::c}}", "$$[\\frac{a}{b}]$$ and <c>"],
  ["{{c1:: a }}", "<a>"],
  ["no gap: {{x}}", "no gap: {{x}}"],
];

for (const [source, shown] of gaps) {
  test(`gaps of ${source}`, () => {
    assert.is(
      fillGaps(source, (hidden, inMath) => (inMath ? `[${hidden}]` : `<${hidden}>`)),
      shown,
    );
    assert.is(hasGaps(source), source !== shown);
  });
}

test("a gap that is not closed is an error", () => {
  assert.throws(() => hasGaps("{{c1::a}"), /gap without an end: \{\{c1::a\}/);
});

test("unknown and missing ids are errors", () => {
  assert.throws(() => card("ch99-03"), /unknown card: "ch99-03". Known: ch99-01, ch99-02/);
  assert.throws(() => card(), /no card named/);
});

const chromium = need("chromium");
(chromium ? test : test.skip)("the keyboard turns a card over", async () => {
  await onPage(chromium!, (await show("ch99-01")).html, async (page) => {
    const back = page.locator(".downhill-back");
    assert.is(await back.isVisible(), false);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.is(await back.isVisible(), true);
  });
});

test.run();
