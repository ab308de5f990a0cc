import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bookNotes, buildDecks, writePackage } from "../../flashcards/build.ts";
import { readLedger, updateLedger } from "../../flashcards/ledger.ts";
import { chapterNotes, type Note } from "../../flashcards/notes.ts";
import { noteTypes } from "../../flashcards/notetypes.ts";
import { readCards } from "../../flashcards/source.ts";
import { fromRoot } from "../../root.ts";
import { need } from "../need.ts";

const test = suite("decks");
const NOW = 1_800_000_000;
let folder = "";

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "downhill-cards-"));
});
test.after(() => rmSync(folder, { recursive: true }));

const build = (now = NOW) => buildDecks({ out: folder, ledger: join(folder, "ledger.json"), now });

test("the committed ledger knows every note as it is: npm run cards", () => {
  const ledger = readLedger(fromRoot("flashcards", "ledger.json"));
  const notes = [...bookNotes("zh"), ...bookNotes("en")];
  assert.equal(updateLedger(ledger, notes, NOW), ledger);
});

test("a deck and a text file for each language", async () => {
  const files = await build();
  assert.equal(files.map((file) => file.replace(`${folder}/`, "")).sort(), [
    "downhill-en.apkg",
    "downhill-en.tsv",
    "downhill-zh.apkg",
    "downhill-zh.tsv",
  ]);
});

test("the same cards give the same bytes, whenever they are built", async () => {
  const files = await build();
  const before = files.map((file) => readFileSync(file));
  await build(NOW + 1_000_000);
  files.forEach((file, i) => assert.ok(readFileSync(file).equals(before[i]!), file));
});

test("no clock is in the package: its files are of 1 January 1980", async () => {
  const [file] = await build();
  const local = readFileSync(file!).subarray(10, 14);
  assert.is(local.toString("hex"), "00002100");
});

test("a change raises mod of its own note only, and keeps its id and guid", () => {
  const chapter = readCards("06-momentum");
  const before = chapterNotes(chapter, "en");
  const ledger = updateLedger({}, before, NOW);
  const card = chapter.cards["ch06-03"]!;
  const edited = { ...card, back: { ...card.back, en: `${card.back.en} Edited.` } };
  const after = chapterNotes({ ...chapter, cards: { ...chapter.cards, "ch06-03": edited } }, "en");
  const later = updateLedger(ledger, after, NOW + 60);
  const raised = Object.keys(later).filter((name) => later[name]!.mod !== ledger[name]!.mod);
  assert.equal(raised, ["en/ch06-03"]);
  assert.equal(
    after.map(({ id, guid }) => ({ id, guid })),
    before.map(({ id, guid }) => ({ id, guid })),
  );
});

test("a mod never falls, even if a clock does", () => {
  const [note] = bookNotes("en") as [Note];
  const ledger = updateLedger({}, [note], NOW);
  const later = updateLedger(ledger, [{ ...note, hash: "edited" }], NOW - 1000);
  assert.is(later[note.name]!.mod, NOW + 1);
});

test("the note types are frozen", () => {
  assert.equal(
    noteTypes.map(({ id, name, kind, fields }) => [id, name, kind, fields.join()]),
    [
      [1_700_000_000_001, "Downhill", 0, "Front,Back,Chapter,Lang,Id"],
      [1_700_000_000_002, "Downhill cloze", 1, "Text,Back,Chapter,Lang,Id"],
    ],
  );
});

test("ids and guids are unique across languages and come from the card's id", () => {
  const notes = [...bookNotes("zh"), ...bookNotes("en")];
  assert.is(new Set(notes.map(({ id }) => id)).size, notes.length);
  assert.is(new Set(notes.map(({ guid }) => guid)).size, notes.length);
  const first = notes.find(({ name }) => name === "zh/ch06-01")!;
  assert.is(first.guid, "downhill:zh:ch06-01");
  assert.is(first.deck, "下山::第 3 部分 优化算法::06 动量与 Nesterov");
});

test("the text file says what its columns are, and every row has them all", async () => {
  await build();
  const text = readFileSync(join(folder, "downhill-zh.tsv"), "utf8").trimEnd().split("\n");
  const head = text.filter((line) => line.startsWith("#"));
  assert.equal(head, [
    "#separator:tab",
    "#html:true",
    "#guid column:1",
    "#notetype column:2",
    "#deck column:3",
    "#tags column:9",
  ]);
  for (const row of text.slice(head.length)) assert.is(row.split("\t").length, 9, row);
});

/** The decks of a collection: Anki's own, those of the notes, and the decks that hold them. */
function withParents(decks: string[]): string[] {
  const parents = decks.flatMap((deck) =>
    deck.split("::").map((_, i, names) => names.slice(0, i + 1).join("::")),
  );
  return [...new Set(["Default", ...parents])].sort();
}

const python3 = need("python3");
(python3 ? test : test.skip)("another SQLite opens the collection and finds it whole", async () => {
  const notes = bookNotes("zh");
  const apkg = await writePackage(notes, updateLedger({}, notes, NOW));
  const file = join(folder, "collection.anki2");
  writeFileSync(file, unzipSync(apkg)["collection.anki2"]!);
  const script = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
decks = json.loads(db.execute("select decks from col").fetchone()[0])
print(json.dumps({
  "integrity": db.execute("pragma integrity_check").fetchone()[0],
  "notes": db.execute("select count(*) from notes").fetchone()[0],
  "cards": db.execute("select count(*) from cards join notes on notes.id = nid").fetchone()[0],
  "decks": sorted(deck["name"] for deck in decks.values()),
  "first": db.execute("select flds from notes order by id").fetchone()[0].split("\\x1f")[3:],
}))`;
  const result = spawnSync(python3!, ["-c", script, file], { encoding: "utf8", timeout: 30_000 });
  assert.is(result.stderr, "");
  assert.equal(JSON.parse(result.stdout), {
    integrity: "ok",
    notes: notes.length,
    cards: notes.reduce((sum, note) => sum + note.cards, 0),
    decks: withParents(notes.map((note) => note.deck)),
    first: notes.toSorted((a, b) => a.id - b.id)[0]!.fields.slice(3),
  });
});

test.run();
