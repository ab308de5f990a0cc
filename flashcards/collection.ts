import initSqlJs from "sql.js";
import { fieldChecksum, plainField } from "./field.ts";
import type { Ledger } from "./ledger.ts";
import type { Note } from "./notes.ts";
import { css, noteTypes, type NoteType } from "./notetypes.ts";

/**
 * Anki's collection.anki2 of schema 11, which every Anki from 2.0 on imports. All rows are in a
 * fixed order and all numbers come from the notes and the ledger: the same cards, the same bytes.
 */
export async function writeCollection(notes: Note[], ledger: Ledger): Promise<Uint8Array> {
  const SQL = await initSqlJs();
  const db = new SQL.Database();
  try {
    db.run(schema);
    const mod = (note: Note) => ledger[note.name]!.mod;
    const latest = Math.max(...Object.values(ledger).map((entry) => entry.mod));
    const decks = deckIds(notes);
    db.run("insert into col values (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')", [
      CREATED,
      latest * 1000,
      CREATED * 1000,
      JSON.stringify(configuration),
      JSON.stringify(byId(noteTypes.map((type) => noteTypeJson(type, ledger[type.name]!.mod)))),
      JSON.stringify(byId([...decks].map(([name, id]) => deckJson(name, id)))),
      JSON.stringify({ 1: deckOptions }),
    ]);
    let due = 0;
    for (const note of notes) {
      const { id, guid, type, fields, tags } = note;
      db.run("insert into notes values (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')", [
        id,
        guid,
        type.id,
        mod(note),
        ` ${tags.join(" ")} `,
        fields.join("\x1f"),
        plainField(fields[0]!),
        fieldChecksum(fields[0]!),
      ]);
      for (let ord = 0; ord < note.cards; ord++) {
        const card = [id + ord, id, decks.get(note.deck)!, ord, mod(note), (due += 1)];
        db.run(
          "insert into cards values (?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')",
          card,
        );
      }
    }
    return db.export();
  } finally {
    db.close();
  }
}

/** 14 November 2023: the day on which, to Anki, all ids of the book lie. */
const CREATED = 1_700_000_000;

/** Ids of the decks and of the decks above them; 1 is Anki's own default deck. */
function deckIds(notes: Note[]): Map<string, number> {
  const ids = new Map([["Default", 1]]);
  for (const { deck, id } of notes) {
    const parts = deck.split("::");
    parts.forEach((_, depth) => {
      const name = parts.slice(0, depth + 1).join("::");
      // Below the first note of the deck there is room: notes of a chapter begin at its 10.
      if (!ids.has(name)) ids.set(name, id - 9 + depth);
    });
  }
  return ids;
}

function byId<T extends { id: number }>(items: T[]): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.id, item]));
}

function noteTypeJson({ id, name, kind, fields, front, back }: NoteType, mod: number) {
  const template = {
    name: kind === 1 ? "Cloze" : "Card 1",
    ord: 0,
    qfmt: front,
    afmt: back,
    bqfmt: "",
    bafmt: "",
    did: null,
  };
  return {
    id,
    name,
    type: kind,
    mod,
    usn: -1,
    sortf: 0,
    did: 1,
    tmpls: [template],
    flds: fields.map((field, ord) => ({
      name: field,
      ord,
      sticky: false,
      rtl: false,
      font: "Arial",
      size: 20,
      media: [],
    })),
    css,
    latexPre: "",
    latexPost: "",
    latexsvg: false,
    req: kind === 1 ? [] : [[0, "any", [0]]],
    tags: [],
    vers: [],
  };
}

function deckJson(name: string, id: number) {
  const today = [0, 0];
  return {
    id,
    name,
    mod: CREATED,
    usn: -1,
    lrnToday: today,
    revToday: today,
    newToday: today,
    timeToday: today,
    collapsed: false,
    browserCollapsed: false,
    desc: "",
    dyn: 0,
    conf: 1,
    extendNew: 0,
    extendRev: 0,
  };
}

const deckOptions = {
  id: 1,
  name: "Default",
  mod: 0,
  usn: 0,
  maxTaken: 60,
  autoplay: true,
  timer: 0,
  replayq: true,
  dyn: false,
  new: { bury: false, delays: [1, 10], initialFactor: 2500, ints: [1, 4, 0], order: 1, perDay: 20 },
  rev: { bury: false, ease4: 1.3, ivlFct: 1, maxIvl: 36500, perDay: 200, hardFactor: 1.2 },
  lapse: { delays: [10], leechAction: 1, leechFails: 8, minInt: 1, mult: 0 },
};

const configuration = {
  activeDecks: [1],
  curDeck: 1,
  addToCur: true,
  collapseTime: 1200,
  curModel: noteTypes[0]!.id,
  dueCounts: true,
  estTimes: true,
  newSpread: 0,
  nextPos: 1,
  sortBackwards: false,
  sortType: "noteFld",
  timeLim: 0,
};

const schema = `
create table col (
  id integer primary key, crt integer not null, mod integer not null, scm integer not null,
  ver integer not null, dty integer not null, usn integer not null, ls integer not null,
  conf text not null, models text not null, decks text not null, dconf text not null,
  tags text not null);
create table notes (
  id integer primary key, guid text not null, mid integer not null, mod integer not null,
  usn integer not null, tags text not null, flds text not null, sfld integer not null,
  csum integer not null, flags integer not null, data text not null);
create table cards (
  id integer primary key, nid integer not null, did integer not null, ord integer not null,
  mod integer not null, usn integer not null, type integer not null, queue integer not null,
  due integer not null, ivl integer not null, factor integer not null, reps integer not null,
  lapses integer not null, left integer not null, odue integer not null, odid integer not null,
  flags integer not null, data text not null);
create table revlog (
  id integer primary key, cid integer not null, usn integer not null, ease integer not null,
  ivl integer not null, lastIvl integer not null, factor integer not null, time integer not null,
  type integer not null);
create table graves (usn integer not null, oid integer not null, type integer not null);
create index ix_notes_usn on notes (usn);
create index ix_cards_usn on cards (usn);
create index ix_revlog_usn on revlog (usn);
create index ix_cards_nid on cards (nid);
create index ix_cards_sched on cards (did, queue, due);
create index ix_revlog_cid on revlog (cid);
create index ix_notes_csum on notes (csum);
`;
