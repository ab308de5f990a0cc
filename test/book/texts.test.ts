/** Every text of the book: its maths typesets, its emphasis closes, its Chinese and English keep the rules. */
import katex from "katex";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { everyText, mathsOf, wordsOf } from "./markdown.ts";

const texts = everyText();

/** What fails in one text, as `where: what`. */
function faults(rule: (text: (typeof texts)[number]) => string[]): string[] {
  return texts.flatMap((text) => rule(text).map((fault) => `${text.where}: ${fault}`));
}

test("the book has texts in both languages", () => {
  assert.ok(texts.length > 100);
  assert.is(texts.filter(({ lang }) => lang === "zh").length, texts.length / 2);
});

test("every formula is typeset by KaTeX", () => {
  const rule = ({ markdown }: { markdown: string }) =>
    mathsOf(clozeFree(markdown)).flatMap(({ tex, display }) => {
      try {
        katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: "error" });
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
  assert.equal(faults(rule), []);
});

test("emphasis closes: no stars are left over", () => {
  const rule = ({ markdown }: { markdown: string }) =>
    wordsOf(markdown).filter((words) => /\*\*|(?<![\d\s])\*(?![\d\s])/.test(words));
  assert.equal(faults(rule), []);
});

/** Rules of style by language: what must not occur, and why. */
const style: Record<"zh" | "en", [RegExp, string][]> = {
  zh: [
    [/[\p{Script=Han}][A-Za-z0-9]|[A-Za-z0-9][\p{Script=Han}]/u, "no space between 中文 and Latin"],
    [/[，。：；！？、（）] | [，。：；！？、（）]/u, "a space beside full-width punctuation"],
    [/[\p{Script=Han}][,;:!?]/u, "half-width punctuation after 中文"],
    [/"/, "straight quotes; write “”"],
    [/进行|众所周知|显然|简单来说|该方法|其中的|的时候，我们/u, "a phrase the style forbids"],
    [/(?<!会|挨|白)被(?!子)/u, "被"],
  ],
  en: [
    [/\b(simply|just|obviously|of course|easy|easily)\b/i, "a word that shames"],
    [/[\p{Script=Han}]/u, "Chinese in English"],
    [/[，。：；！？（）]/u, "full-width punctuation in English"],
  ],
};

for (const lang of ["zh", "en"] as const) {
  for (const [pattern, fault] of style[lang]) {
    test(`${lang}: ${fault}`, () => {
      const found = faults((text) =>
        text.lang !== lang
          ? []
          : wordsOf(text.markdown).flatMap((words) => {
              const hit = pattern.exec(words);
              return hit
                ? [`${fault}: …${words.slice(Math.max(0, hit.index - 12), hit.index + 16)}…`]
                : [];
            }),
      );
      assert.equal(found, []);
    });
  }
}

test("zh: no sentence is longer than 40 characters", () => {
  const rule = ({ lang, markdown }: (typeof texts)[number]) =>
    lang === "en"
      ? []
      : wordsOf(markdown)
          .flatMap((words) => words.split(/[。！？；：\n|]|——/u))
          .filter((sentence) => (sentence.match(/\p{Script=Han}/gu) ?? []).length > 40);
  assert.equal(faults(rule), []);
});

/** So many columns of a listing fit JupyterLab's page beside the file browser; a 中文 character takes two. */
const COLUMNS = 72;
const columnsOf = (line: string) => line.length + (line.match(/[\u2e80-\uffef]/g) ?? []).length;

test("no line of a listing has to wrap", () => {
  const rule = ({ markdown }: { markdown: string }) =>
    [...markdown.matchAll(/^```\S*\n([^]*?)^```/gm)]
      .flatMap(([, listing]) => listing!.split("\n"))
      .filter((line) => columnsOf(line) > COLUMNS);
  assert.equal(faults(rule), []);
});

/** The gaps of a card stand inside its maths. */
function clozeFree(markdown: string): string {
  return markdown.replace(/\{\{c\d+::(.*?)\}\}/g, "$1");
}

test.run();
