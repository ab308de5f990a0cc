/** The promises of the book: each is kept somewhere. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { readChapters, toRecord } from "../../notebooks/build.ts";
import { fromRoot } from "../../root.ts";

interface Promised {
  what: string;
  in: string;
  at: string[];
}

const inventory = parse(readFileSync(fromRoot("notebooks", "inventory.yml"), "utf8")) as Record<
  string,
  Promised
>;

/** By chapter, everything that a promise can point at. */
const places = new Map(
  readChapters().map((chapter) => [
    chapter.id,
    new Set([
      ...chapter.cells.map(({ id }) => id),
      ...Object.keys(chapter.quizzes),
      ...Object.keys(toRecord(chapter).cards),
    ]),
  ]),
);

test("there are promises", () => assert.ok(Object.keys(inventory).length > 0));

for (const [id, { what, in: chapter, at }] of Object.entries(inventory)) {
  test(`${id}: ${what}`, () => {
    assert.ok(at.length > 0, "a promise names at least one place");
    const missing = at.filter((place) => !places.get(chapter)?.has(place));
    assert.equal(missing, [], `${chapter} has no such place`);
  });
}

test.run();
