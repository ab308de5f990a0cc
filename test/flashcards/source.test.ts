import { test } from "uvu";
import * as assert from "uvu/assert";
import { chaptersWithCards, parseCards, readCards } from "../../flashcards/source.ts";

const good = `
part: { zh: 一, en: One }
title: { zh: 二, en: Two }
cards:
  ch06-01:
    tags: [sgd]
    front: { zh: 问, en: Question }
    back: { zh: 答, en: Answer }
`;

const parse = (source: string) => parseCards(source, "06-momentum", "06.yml");

test("every file of cards holds to the format", () => {
  assert.ok(chaptersWithCards().includes("06-momentum"));
  for (const chapter of chaptersWithCards()) readCards(chapter);
});

test("chapter 06 has its eight cards", () => {
  const ids = Object.keys(readCards("06-momentum").cards);
  assert.equal(
    ids,
    [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `ch06-0${n}`),
  );
});

test("a card is read in both languages", () => {
  assert.equal(parse(good).cards["ch06-01"], {
    front: { zh: "问", en: "Question" },
    back: { zh: "答", en: "Answer" },
    tags: ["sgd"],
  });
});

const mistakes: [name: string, source: string, message: RegExp][] = [
  ["a chapter in the id", good.replace("ch06", "ch07"), /06.yml:6: .*must look like ch06-01/],
  ["a key misspelt", good.replace("back:", "bakc:"), /06.yml:8: unknown key: "bakc".*"back"/],
  ["a key missing", good.replace(/ +back:.*\n/, ""), /ch06-01 has no "back"/],
  ["a language missing", good.replace("zh: 答, ", ""), /06.yml:8: .*has no "zh"/],
  ["an empty text", good.replace("zh: 答", 'zh: " "'), /06.yml:8: .*must be said in zh and in en/],
  ["a tag with a space", good.replace("[sgd]", "[a b]"), /06.yml:6: ch06-01: tags must be/],
  ["no tags", good.replace("[sgd]", "[]"), /tags must be a list/],
  ["broken YAML", good.replace("{ zh: 问", "{ zh: 问 }, {"), /06.yml:\d+: broken YAML/],
  ["the same id twice", good + good.slice(good.indexOf("  ch06")), /broken YAML: Map keys must be/],
  [
    "a list for the cards",
    "part: {zh: a, en: a}\ntitle: {zh: a, en: a}\ncards: []",
    /must be a tab/,
  ],
];

for (const [name, source, message] of mistakes) {
  test(`a mistake is named with its line: ${name}`, () => {
    assert.throws(() => parse(source), message);
  });
}

test("an unknown chapter is an error that suggests the nearest one", () => {
  assert.throws(() => readCards("06-momentun"), /Did you mean "06-momentum"/);
});

test.run();
