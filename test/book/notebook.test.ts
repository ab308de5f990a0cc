/** A chapter as notebooks: what is generated, what a rebuild keeps, which names must exist. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Chapter, Code } from "../../notebooks/chapter.ts";
import { SourceError } from "../../notebooks/errors.ts";
import { keepOutputs, toNotebook } from "../../notebooks/notebook.ts";
import { checkUses } from "../../notebooks/uses.ts";

const text = (word: string) => ({ zh: `${word} 中`, en: word });
const code = (id: string, source: string, tags: string[] = []): Code => ({
  kind: "code",
  id,
  line: 20,
  code: source,
  tags,
});
const chapter = (...cells: Code[]): Chapter => ({
  file: "t.md",
  id: "99-test",
  number: 99,
  part: 3,
  title: text("Test"),
  strings: {},
  quizzes: {},
  cells,
});

test("generated cells come first: the title with its other language, then book.open", () => {
  const { cells, metadata } = toNotebook(chapter(code("a", "1\n2", ["hide-input"])), "zh");
  assert.equal(
    cells.map(({ id, source }) => [id, source]),
    [
      ["title", ["# 99 · Test 中\n", "\n", "[English](../en/99-test.ipynb)"]],
      ["open", ['book.open("99-test", "zh");']],
      ["a", ["1\n", "2"]],
    ],
  );
  assert.equal(cells[2]?.metadata, { jupyter: { source_hidden: true }, tags: ["hide-input"] });
  assert.equal(metadata.downhill, { chapter: "99-test", lang: "zh" });
});

test("a rebuild keeps the outputs of cells whose code is the same, also when they move", () => {
  const outputs = [{ output_type: "stream", name: "stdout", text: "1\n" }];
  const old = toNotebook(chapter(code("a", "1"), code("b", "2")), "en");
  for (const cell of old.cells) {
    if (cell.cell_type === "code") Object.assign(cell, { outputs, execution_count: 7 });
  }
  const fresh = toNotebook(chapter(code("b", "2"), code("a", "1 + 1"), code("c", "3")), "en");
  const kept = keepOutputs(fresh, old).cells.flatMap((cell) =>
    Array.isArray(cell.outputs) && cell.outputs.length > 0 ? [cell.id] : [],
  );
  assert.equal(kept, ["open", "b"]);
});

const misuses: [string, Chapter, number, RegExp][] = [
  [
    "unknown string",
    { ...chapter(code("a", '1;\nsay("stpes")')), strings: { steps: text("steps") } },
    22,
    /unknown string: "stpes".*Did you mean "steps"/,
  ],
  ["unknown quiz", chapter(code("a", 'quiz("q", 1)')), 21, /unknown quiz: "q"/],
  [
    "unknown card",
    chapter(code("a", 'card("ch99-01",\n "ch99-02")')),
    21,
    /unknown card: "ch99-02"/,
  ],
  ["idle string", { ...chapter(), strings: { steps: text("steps") } }, 1, /unused string: "steps"/],
];

for (const [name, wrong, line, message] of misuses) {
  test(`mistake: ${name}`, () => {
    const cards = { "ch99-01": { front: text("a"), back: text("b"), tags: ["x"] } };
    try {
      checkUses(wrong, cards);
    } catch (error) {
      assert.instance(error, SourceError);
      assert.match((error as SourceError).problem, message);
      assert.is((error as SourceError).line, line);
      return;
    }
    assert.unreachable("no error");
  });
}

test.run();
