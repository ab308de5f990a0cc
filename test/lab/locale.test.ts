/** The Chinese catalogue: every text says what the English one says, with the same values. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot } from "../../root.ts";

const folder = fromRoot("lab", "app", "locale", "zh_CN");
const messages = readdirSync(folder).flatMap((name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const keys = [...text.matchAll(/^ {2}("(?:[^"\\]|\\.)*"):/gm)].map(
    ([, key = ""]) => JSON.parse(key) as string,
  );
  const values = JSON.parse(text) as Record<string, string | string[]>;
  return keys.map((key) => ({ name, key, value: values[key] ?? "" }));
});

const placeholders = (text: string) => [...new Set(text.match(/%\d/g))].sort();

/** What needs no Chinese character. */
const names = new Set(["Markdown", "%1 and %2"]);

test("no message is translated twice", () => {
  const keys = messages.map(({ key }) => key);
  assert.equal(
    keys.filter((key, i) => keys.indexOf(key) !== i),
    [],
  );
});

test("a translation keeps the values of its message", () => {
  for (const { key, value } of messages) {
    if (typeof value === "string") {
      assert.equal(placeholders(value), placeholders(key), key);
    } else {
      // One form for 1 and one for the others: the first may leave the number out.
      assert.is(value.length, 2, key);
    }
  }
});

test("a translation is Chinese, with Chinese punctuation", () => {
  for (const { key, value } of messages) {
    for (const text of [value].flat()) {
      if (!names.has(key)) assert.match(text, /\p{Script=Han}/u, key);
      assert.not.match(text, /\p{Script=Han}\s*[,;:?!]/u, key);
      assert.is(text.endsWith("…"), /…(\s*\|\|\||$)/.test(key), key);
    }
  }
});

test.run();
