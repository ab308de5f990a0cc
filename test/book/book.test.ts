/** The committed book: built from its sources, the same in both languages, complete. */
import type { INotebookContent } from "@jupyterlab/nbformat";
import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readCards } from "../../flashcards/source.ts";
import { bookFiles, notebooksOf, readChapters, toRecord } from "../../notebooks/build.ts";
import { withoutOutputs } from "../../notebooks/notebook.ts";
import { fromRoot } from "../../root.ts";

const chapters = readChapters();
const read = (path: string) => JSON.parse(readFileSync(fromRoot(path), "utf8")) as unknown;
const notebook = (lang: string, id: string) =>
  read(`notebooks/${lang}/${id}.ipynb`) as INotebookContent;

test("there is a chapter", () => assert.ok(chapters.length > 0));

test("the committed files are what the sources make: downhill book", () => {
  const stale = Object.entries(bookFiles()).filter(([path, text]) => {
    if (!existsSync(fromRoot(path))) return true;
    const [found, made] = [read(path), JSON.parse(text) as unknown];
    if (!path.endsWith(".ipynb")) return JSON.stringify(found) !== JSON.stringify(made);
    const bare = (book: unknown) => JSON.stringify(withoutOutputs(book as INotebookContent));
    return bare(found) !== bare(made);
  });
  assert.equal(
    stale.map(([path]) => path),
    [],
  );
});

test("chapters are chosen by number or id, and unknown ones named", () => {
  const names = (chosen: string[]) =>
    notebooksOf(chosen).map((file) => file.split(/[\\/]/).slice(-2).join("/"));
  assert.equal(names(["06"]), ["zh/06-momentum.ipynb", "en/06-momentum.ipynb"]);
  assert.equal(names(["06-momentum"]), names(["06"]));
  assert.is(names([]).length, 2 * chapters.length);
  assert.throws(() => notebooksOf(["6"]), /unknown chapter: "6"/);
});

for (const { id, quizzes, cells } of chapters) {
  const [zh, en] = [notebook("zh", id), notebook("en", id)];

  test(`${id}: both languages have the same cells, code and tags`, () => {
    const shared = (book: INotebookContent) =>
      book.cells
        .filter((cell) => cell.id !== "open")
        .map((cell) => [
          cell.id,
          cell.cell_type,
          cell.cell_type === "code" && cell.source,
          cell.metadata,
        ]);
    assert.equal(shared(zh), shared(en));
  });

  test(`${id}: every code cell was executed, and none failed unless it is meant to`, () => {
    for (const book of [zh, en]) {
      for (const cell of book.cells) {
        if (cell.cell_type !== "code") continue;
        const tags = cell.metadata.tags ?? [];
        const outputs = (cell.outputs ?? []) as { output_type: string }[];
        const failed = outputs.some((output) => output.output_type === "error");
        assert.is(failed, (tags as string[]).includes("raises-exception"), String(cell.id));
        assert.ok(
          typeof cell.execution_count === "number",
          `${String(cell.id)} was never executed`,
        );
      }
    }
  });

  test(`${id}: outputs name no folder of the machine that made them`, () => {
    const text = JSON.stringify([zh, en].map((book) => book.cells.map((cell) => cell.outputs)));
    assert.equal(text.match(/file:\/\/[^"\\ ]*|\/(home|root|tmp|work|Users)\/[^"\\ ]*/g), null);
  });

  test(`${id}: shared code speaks no language`, () => {
    const han = cells.filter((cell) => cell.kind === "code" && /\p{Script=Han}/u.test(cell.code));
    assert.equal(
      han.map((cell) => cell.id),
      [],
    );
  });

  test(`${id}: every quiz has one right option, and each option its reason`, () => {
    assert.ok(Object.keys(quizzes).length >= 2);
    for (const [name, { options }] of Object.entries(quizzes)) {
      assert.is(options.filter((option) => option.right).length, 1, name);
      for (const { why } of options) assert.ok(why.zh !== "" && why.en !== "", name);
      const reasons = options.map(({ why }) => why.en);
      assert.is(new Set(reasons).size, reasons.length, `${name}: two options with one reason`);
    }
  });

  test(`${id}: every quiz key is computed`, () => {
    for (const name of Object.keys(quizzes)) {
      const calls = cells.filter(
        (cell) => cell.kind === "code" && cell.code.includes(`quiz("${name}",`),
      );
      assert.ok(calls.length > 0, `${name}: its cell gives no computed value`);
    }
  });

  test(`${id}: shows every card of its deck`, () => {
    const record = toRecord(chapters.find((chapter) => chapter.id === id)!);
    assert.equal(Object.keys(record.cards), Object.keys(readCards(id).cards));
  });
}

test.run();
