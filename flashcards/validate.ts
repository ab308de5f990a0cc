import { strFromU8, unzipSync } from "fflate";
import initSqlJs, { type Database } from "sql.js";
import { fieldChecksum, plainField } from "./field.ts";

/**
 * What is wrong with an .apkg, in sentences; empty if nothing is. Old importers check none of this
 * and break the collection they import into. `now` in seconds.
 */
export async function problemsOf(apkg: Uint8Array, now: number): Promise<string[]> {
  const problems: string[] = [];
  const files = unzipSync(apkg);
  const names = Object.keys(files).sort().join(", ");
  if (names !== "collection.anki2, media") return [`the package holds ${names || "nothing"}`];
  if (strFromU8(files.media!) !== "{}") problems.push("media: must be the empty JSON map {}");
  const SQL = await initSqlJs();
  const db = new SQL.Database(files["collection.anki2"]);
  try {
    problems.push(...collectionProblems(db, now));
  } finally {
    db.close();
  }
  return problems;
}

interface NoteRow {
  id: number;
  guid: string;
  mid: number;
  mod: number;
  tags: string;
  flds: string;
  sfld: string;
  csum: number;
}

interface CardRow {
  id: number;
  nid: number;
  did: number;
  ord: number;
  mod: number;
}

interface Model {
  type: number;
  flds: unknown[];
  tmpls: unknown[];
}

function collectionProblems(db: Database, now: number): string[] {
  const problems: string[] = [];
  const [col] = rows<{ ver: number; models: string; decks: string }>(db, "select * from col");
  if (col === undefined) return ["col: has no row"];
  if (col.ver !== 11) problems.push(`schema: ${col.ver}, must be 11`);
  const models = JSON.parse(col.models) as Record<string, Model>;
  const decks = JSON.parse(col.decks) as Record<string, { id: number; name: string }>;
  const notes = rows<NoteRow>(db, "select * from notes order by id");
  const cards = rows<CardRow>(db, "select * from cards order by id");
  for (const [key, { id, name }] of Object.entries(decks)) {
    if (key !== String(id)) problems.push(`deck ${name}: is filed under ${key}, but has id ${id}`);
  }
  const guids = new Set<string>();
  for (const note of notes) {
    const say = (problem: string) => problems.push(`note ${note.guid || note.id}: ${problem}`);
    if (note.guid === "" || guids.has(note.guid)) say("its guid is empty or used twice");
    guids.add(note.guid);
    const own = cards.filter((card) => card.nid === note.id);
    noteProblems(note, models[note.mid], own).forEach(say);
    if (note.mod > now + DAY) say("changed later than tomorrow");
  }
  const known = new Set(notes.map(({ id }) => id));
  for (const card of cards) {
    if (!known.has(card.nid)) problems.push(`card ${card.id}: its note ${card.nid} does not exist`);
    if (decks[card.did] === undefined || card.did === 1) {
      problems.push(`card ${card.id}: its deck ${card.did} does not exist`);
    }
  }
  for (const { id } of [...notes, ...cards]) {
    if (id > (now + DAY) * 1000) problems.push(`id ${id}: later than tomorrow`);
  }
  return problems;
}

const DAY = 24 * 60 * 60;

function noteProblems(note: NoteRow, model: Model | undefined, cards: CardRow[]): string[] {
  if (model === undefined) return [`its note type ${note.mid} does not exist`];
  const problems: string[] = [];
  const fields = note.flds.split("\x1f");
  const [first = ""] = fields;
  if (fields.length !== model.flds.length) {
    problems.push(`${fields.length} fields, its type has ${model.flds.length}`);
  }
  if (plainField(first).trim() === "") problems.push("its first field is empty");
  if (note.sfld !== plainField(first)) problems.push("its sort field is not its first field");
  if (note.csum !== fieldChecksum(first)) {
    problems.push(`checksum ${note.csum}, must be ${fieldChecksum(first)}`);
  }
  if (!/^( \S+)+ $/.test(note.tags)) problems.push("its tags must stand between single spaces");
  const ords = cards.map(({ ord }) => ord).join();
  const expected = model.type === 1 ? gapNumbers(first) : model.tmpls.map((_, i) => i);
  if (ords !== expected.join() || ords === "") problems.push(`cards ${ords}, must be ${expected}`);
  if (model.type === 1 && /\}\}\}/.test(first))
    problems.push("a gap ends in }}}: Anki cuts it early");
  for (const field of fields) problems.push(...htmlProblems(field));
  return problems;
}

/** The places of the cards that gaps make: `{{c1::` makes the card 0. */
function gapNumbers(text: string): number[] {
  const numbers = [...text.matchAll(/\{\{c(\d+)::/g)].map(([, number]) => Number(number) - 1);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function htmlProblems(field: string): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  for (const [, slash, tag] of field.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
    if (["br", "hr", "img"].includes(tag!)) continue;
    if (slash === "") open.push(tag!);
    else if (open.pop() !== tag) problems.push(`</${tag}> closes nothing`);
  }
  if (open.length > 0) problems.push(`<${open.join("> <")}> is not closed`);
  for (const [left, right] of [
    ["\\(", "\\)"],
    ["\\[", "\\]"],
  ] as const) {
    if (field.split(left).length !== field.split(right).length) {
      problems.push(`${left} and ${right} are not in pairs`);
    }
  }
  return problems;
}

function rows<T>(db: Database, query: string): T[] {
  const statement = db.prepare(query);
  try {
    const found: T[] = [];
    while (statement.step()) found.push(statement.getAsObject() as T);
    return found;
  } finally {
    statement.free();
  }
}
