import { createHash } from "node:crypto";
import { hasGaps } from "../lib/teach/cloze.ts";
import type { Card, Lang } from "../lib/teach/record.ts";
import { toClozeField, toField } from "./field.ts";
import { basic, cloze, type NoteType } from "./notetypes.ts";
import type { ChapterCards } from "./source.ts";

/** One card in one language, as Anki keeps it. */
export interface Note {
  /** Milliseconds since 1970 to Anki; here made from the card's id and language. */
  id: number;
  guid: string;
  /** `zh/ch06-01`: its name in the ledger. */
  name: string;
  type: NoteType;
  deck: string;
  fields: string[];
  tags: string[];
  /** How many cards it makes: one, or one for each gap. */
  cards: number;
  /** Changes when anything that Anki shows of it changes. */
  hash: string;
}

/** The top decks; chapters lie below their part. */
const decks: Record<Lang, string> = { zh: "下山", en: "Downhill" };

/** The notes of a chapter in one language, in the order of its cards. */
export function chapterNotes(chapter: ChapterCards, lang: Lang): Note[] {
  const deck = [decks[lang], chapter.part[lang], chapter.title[lang]].join("::");
  return Object.entries(chapter.cards).map(([id, card]) => note(id, card, chapter, deck, lang));
}

function note(id: string, card: Card, chapter: ChapterCards, deck: string, lang: Lang): Note {
  const { front, gaps } = firstField(card.front[lang]);
  const type = gaps > 0 ? cloze : basic;
  const fields = [front, toField(card.back[lang]), chapter.title[lang], lang, id];
  const [number] = id.split("-");
  const tags = ["downhill", `downhill::${number}`, ...card.tags.map((tag) => `downhill::${tag}`)];
  return {
    id: noteId(id, lang),
    guid: `downhill:${lang}:${id}`,
    name: `${lang}/${id}`,
    type,
    deck,
    fields,
    tags,
    cards: Math.max(gaps, 1),
    hash: contentHash([type.id, deck, fields, tags]),
  };
}

/** Changes when the content does. */
export function contentHash(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

function firstField(markdown: string): { front: string; gaps: number } {
  if (!hasGaps(markdown)) return { front: toField(markdown), gaps: 0 };
  const front = toClozeField(markdown);
  return { front, gaps: front.match(/\{\{c\d+::/g)!.length };
}

/** From `ch06-01`: in reading order, in November 2023, ten apart to leave room for cards' ids. */
function noteId(id: string, lang: Lang): number {
  const [, chapter, card] = /^ch(\d\d)-(\d\d)$/.exec(id)!.map(Number);
  const language = lang === "zh" ? 0 : 1;
  return 1_700_000_100_000 + language * 10_000_000 + chapter! * 10_000 + card! * 10;
}
