import { strToU8, unzipSync, zipSync } from "fflate";
import initSqlJs from "sql.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bookNotes, writePackage } from "../../flashcards/build.ts";
import { updateLedger } from "../../flashcards/ledger.ts";
import { problemsOf } from "../../flashcards/validate.ts";

const test = suite("validator");
const NOW = 1_800_000_000;
let good: Uint8Array;

test.before(async () => {
  const notes = bookNotes("en");
  good = await writePackage(notes, updateLedger({}, notes, NOW));
});

test("a good deck has no problems", async () => {
  assert.equal(await problemsOf(good, NOW), []);
});

const FIRST = "(select min(id) from notes)";
const CLOZE = "(select id from notes where mid = 1700000000002)";

const defects: [sql: string, problem: RegExp][] = [
  [`update notes set flds = 'a' where id = ${FIRST}`, /1 fields, its type has 5/],
  [`update notes set csum = 1 where id = ${FIRST}`, /checksum 1, must be \d+/],
  [`update notes set sfld = 'x' where id = ${FIRST}`, /sort field is not its first field/],
  [`update notes set mid = 7 where id = ${FIRST}`, /note type 7 does not exist/],
  [`update notes set guid = 'same'`, /note same: its guid is empty or used twice/],
  [`update notes set guid = '' where id = ${FIRST}`, /its guid is empty/],
  [`update notes set tags = 'a b' where id = ${FIRST}`, /tags must stand between single spaces/],
  [`update notes set mod = ${NOW + 200_000} where id = ${FIRST}`, /changed later than tomorrow/],
  [`update notes set flds = replace(flds, '</p>', '')`, /<p> is not closed/],
  [`update notes set flds = replace(flds, '<p>', '')`, /<\/p> closes nothing/],
  [`update notes set flds = replace(flds, '\\)', '')`, /\\\( and \\\) are not in pairs/],
  [`update notes set flds = replace(flds, '}}', '}}}') where id = ${CLOZE}`, /ends in }}}/],
  [
    `update notes set flds = replace(flds, 'c1::', 'c2::') where id = ${CLOZE}`,
    /cards 0, must be 1/,
  ],
  [`delete from cards where nid = ${FIRST}`, /cards , must be 0/],
  [`update cards set did = 5 where nid = ${FIRST}`, /its deck 5 does not exist/],
  [`update cards set did = 1 where nid = ${FIRST}`, /its deck 1 does not exist/],
  [`update cards set nid = 5 where nid = ${FIRST}`, /its note 5 does not exist/],
  [`update cards set ord = 3 where nid = ${FIRST}`, /cards 3, must be 0/],
  [`update cards set id = ${(NOW + 200_000) * 1000} where nid = ${FIRST}`, /later than tomorrow/],
  [`update col set ver = 18`, /schema: 18, must be 11/],
  [`update col set decks = replace(decks, '"id":1,', '"id":2,')`, /deck Default: .* has id 2/],
  [`delete from col`, /col: has no row/],
];

for (const [sql, problem] of defects) {
  test(`a planted defect is found: ${sql.slice(0, 60)}`, async () => {
    const SQL = await initSqlJs();
    const db = new SQL.Database(unzipSync(good)["collection.anki2"]);
    db.run(sql);
    const broken = zipSync({ "collection.anki2": db.export(), media: strToU8("{}") });
    db.close();
    const problems = await problemsOf(broken, NOW);
    assert.match(problems.join("\n"), problem);
  });
}

const packages: [name: string, change: (files: Record<string, Uint8Array>) => void, RegExp][] = [
  ["no media map", (files) => delete files.media, /the package holds collection.anki2$/],
  [
    "media that is not there",
    (files) => (files.media = strToU8('{"0":"a.png"}')),
    /media: must be/,
  ],
  ["a stray file", (files) => (files.extra = strToU8("")), /holds collection.anki2, extra, media/],
];

for (const [name, change, problem] of packages) {
  test(`a planted defect is found: ${name}`, async () => {
    const files = unzipSync(good);
    change(files);
    assert.match((await problemsOf(zipSync(files), NOW)).join("\n"), problem);
  });
}

test.run();
