import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SGD } from "../../lib/optim/index.ts";
import { book, openRecord, say } from "../../lib/teach/book.ts";
import { jupyterDisplay } from "../../lib/teach/display.ts";
import { formula, pseudocode } from "../../lib/teach/formula.ts";
import * as teach from "../../lib/teach/index.ts";
import type { Lang } from "../../lib/teach/record.ts";
import { fromRoot } from "../../root.ts";
import { chapter } from "./record.ts";

const test = suite("book");

test("before a chapter is open its texts cannot be named", () => {
  assert.throws(() => say("steps"), /no chapter is open: run the first cell/);
  assert.throws(() => teach.quiz("Q99.1", 1), /no chapter is open/);
  assert.is(book.lang, "en");
});

test("a chapter of the book opens by its name", () => {
  book.open("06-momentum", "zh");
  assert.is(book.chapter.id, "06-momentum");
  assert.is(book.lang, "zh");
});

test("unknown chapters and languages are errors that say what is known", () => {
  assert.throws(
    () => book.open("06-momentun", "zh"),
    /unknown chapter: .*Did you mean "06-momentum"/,
  );
  assert.throws(() => book.open("../../package", "zh"), /unknown chapter/);
  assert.throws(
    () => book.open("06-momentum", "de" as Lang),
    /unknown language: "de". Known: zh, en/,
  );
});

test("a string is said in the language of the chapter", () => {
  openRecord(chapter, "zh");
  assert.is(say("steps"), "步数");
  openRecord(chapter, "en");
  assert.is(say("steps"), "steps");
  assert.throws(() => say("step"), /unknown string: "step". Known: steps, caption. Did you mean/);
  assert.throws(() => say("toString"), /unknown string/);
});

test("a formula is typeset from the rule, for its options", async () => {
  const bundle = await formula(SGD, { momentum: 0.9, nesterov: true })[jupyterDisplay]();
  assert.match(bundle["text/latex"] as string, /^\$\$\n.*\\mu b_t.*\n\$\$$/s);
  assert.not.match((await formula(SGD)[jupyterDisplay]())["text/latex"] as string, /\\mu/);
  assert.throws(
    () => formula(SGD, { momentun: 0.9 }),
    /unknown option of SGD: "momentun".*"momentum"/,
  );
});

test("the pseudocode is whole, in TeX and in text", async () => {
  const bundle = await pseudocode(SGD)[jupyterDisplay]();
  assert.match(bundle["text/latex"] as string, /\\textbf\{if \}/);
  assert.match(bundle["text/plain"] as string, /if nesterov: g = g \+ momentum \* b/);
});

test("what every cell preloads imports no library before something is shown", () => {
  const libraries = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const imports = /^(?:import|export) (?!type )[^;]*? from "([^"]+)";/gm;
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(imports)) {
      if (target.startsWith(".")) visit(join(dirname(file), target));
      else if (!target.startsWith("node:")) libraries.add(`${target} in ${file}`);
    }
  };
  visit(fromRoot("lib", "teach", "index.ts"));
  assert.ok(seen.size > 20);
  assert.equal([...libraries], []);
});

test.run();
