import { test } from "uvu";
import * as assert from "uvu/assert";
import { fieldChecksum, plainField, toClozeField, toField } from "../../flashcards/field.ts";

const fields: [markdown: string, html: string][] = [
  ["a **b** `c<d>` & e", "<p>a <strong>b</strong> <code>c&#x3C;d></code> &#x26; e</p>"],
  ["$a<b$", "<p>\\(a&#x3C;b\\)</p>"],
  ["$$\\mu$$", "<p>\\[\\mu\\]</p>"],
  ["$$\n\\mu\n+ 1\n$$", "\\[\\mu + 1\\]"],
  ["one\n\ntwo\nthree", "<p>one</p> <p>two three</p>"],
];

for (const [markdown, html] of fields) {
  test(`Markdown as Anki's HTML: ${JSON.stringify(markdown)}`, () => {
    assert.is(toField(markdown), html);
  });
}

const clozes: [markdown: string, html: string][] = [
  ["a {{c1::b}} c", "<p>a {{c1::b}} c</p>"],
  ["$x^{{c1::2}}$", "<p>\\(x^{{c1::2}}\\)</p>"],
  ["$x = {{c1::\\frac{a}{b}}}$", "<p>\\(x = {{c1::\\frac{a}{b} }}\\)</p>"],
  ["$x = {{c1::\\frac{a}{\\sqrt{b}}}}$", "<p>\\(x = {{c1::\\frac{a}{\\sqrt{b} } }}\\)</p>"],
  ["{{c1::a}} and {{c7::b}}", "<p>{{c1::a}} and {{c2::b}}</p>"],
  ["`{{c1::x = {a: {}}}}`", "<p><code>{{c1::x = {a: {}} }}</code></p>"],
];

for (const [markdown, html] of clozes) {
  test(`gaps end where they should: ${markdown}`, () => assert.is(toClozeField(markdown), html));
}

test("a gap must not contain Anki's sign for hints", () => {
  assert.throws(() => toClozeField("{{c1::a::b}}"), /gap: a::b contains "::"/);
});

const checksums: [field: string, checksum: number][] = [
  ["今日", 1464653051],
  ["<b>今日</b>", 1464653051],
];

for (const [field, checksum] of checksums) {
  test(`Anki's checksum of ${field}`, () => assert.is(fieldChecksum(field), checksum));
}

test("a field without its tags", () => {
  assert.is(plainField("<p>a &#x3C;b> &amp;lt; <br>c&#38;</p>"), "a <b> &lt; c&");
});

test.run();
