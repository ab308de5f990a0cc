/** The book's terms: used in one rendering, and introduced in both languages. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { readChapters } from "../../notebooks/build.ts";
import { fromRoot } from "../../root.ts";
import { everyText, wordsOf } from "./markdown.ts";

interface Term {
  zh: string;
  en: string;
  not?: string[];
  first?: string[];
}

const terms = parse(readFileSync(fromRoot("notebooks", "glossary.yml"), "utf8")) as Term[];
const chapters = readChapters();

test("no term stands twice in the glossary", () => {
  for (const key of ["zh", "en"] as const) {
    const names = terms.map((term) => term[key]);
    assert.is(new Set(names).size, names.length, key);
  }
});

test("no text uses another rendering of a term", () => {
  const chinese = everyText().filter(({ lang }) => lang === "zh");
  const wrong = chinese.flatMap(({ where, markdown }) => {
    const words = wordsOf(markdown).join("\n");
    return terms.flatMap(({ zh, not = [] }) =>
      not.filter((other) => words.includes(other)).map((other) => `${where}: ${other}, not ${zh}`),
    );
  });
  assert.equal(wrong, []);
});

test("a chapter that introduces a term gives it in both languages at its first use", () => {
  const wrong: string[] = [];
  for (const { zh, en, first = [] } of terms) {
    for (const id of first) {
      const chapter = chapters.find((candidate) => candidate.id === id);
      assert.ok(chapter, `glossary: no chapter "${id}"`);
      const prose = chapter.cells.flatMap((cell) => (cell.kind === "prose" ? [cell.text.zh] : []));
      const words = wordsOf(prose.join("\n\n")).join("\n");
      const at = words.indexOf(`${zh}（`);
      const given = new RegExp(`^${zh}（(\`?[^）]*\\b)?${en}\\b`, "iu").test(words.slice(at));
      if (at < 0 || !given) wrong.push(`${id}: ${zh}（${en}）`);
    }
  }
  assert.equal(wrong, []);
});

test.run();
