import { readdirSync, readFileSync } from "node:fs";
import { LineCounter, parseDocument, type Document } from "yaml";
import { fromRoot } from "../root.ts";
import { unknown } from "../lib/kernels/index.ts";
import type { Card, Text } from "../lib/teach/record.ts";

/** The cards of one chapter, as `flashcards/cards/06-momentum.yml` has them. */
export interface ChapterCards {
  chapter: string;
  /** The part of the book, a level of the deck. */
  part: Text;
  /** The chapter, the deck below it. */
  title: Text;
  cards: Record<string, Card>;
}

const folder = fromRoot("flashcards", "cards");

/** The chapters that have cards, in reading order: `["06-momentum"]`. */
export function chaptersWithCards(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yml"))
    .map((file) => file.slice(0, -".yml".length))
    .sort();
}

/**
 * Reads the cards of a chapter; throws for an unknown chapter and for the first mistake in its
 * file, with its line.
 *
 *     readCards("06-momentum").cards["ch06-01"].front.en
 */
export function readCards(chapter: string): ChapterCards {
  const known = chaptersWithCards();
  if (!known.includes(chapter)) throw new Error(unknown("chapter with cards", chapter, known));
  const file = `flashcards/cards/${chapter}.yml`;
  return parseCards(readFileSync(fromRoot(file), "utf8"), chapter, file);
}

/** The same from a text; `file` is named in errors. */
export function parseCards(source: string, chapter: string, file: string): ChapterCards {
  const lines = new LineCounter();
  const doc = parseDocument(source, { lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const [broken] = doc.errors;
  if (broken) throw new Error(`${file}:${lineAt(broken.pos[0])}: broken YAML: ${broken.message}`);

  const fail: Fail = (path, problem) => {
    throw new Error(`${file}:${lineAt(offsetOf(doc, path))}: ${problem}`);
  };
  const root = table(doc.toJS() as unknown, [], ["part", "title", "cards"], fail);
  const cards = table(root.cards, ["cards"], null, fail);
  const number = chapter.slice(0, 2);
  return {
    chapter,
    part: text(root.part, ["part"], fail),
    title: text(root.title, ["title"], fail),
    cards: Object.fromEntries(
      Object.entries(cards).map(([id, value]) => {
        if (!new RegExp(`^ch${number}-\\d\\d$`).test(id)) {
          fail(["cards", id], `card id: ${JSON.stringify(id)} must look like ch${number}-01`);
        }
        return [id, card(value, ["cards", id], fail)];
      }),
    ),
  };
}

type Path = string[];
type Fail = (path: Path, problem: string) => never;

function card(value: unknown, path: Path, fail: Fail): Card {
  const { front, back, tags } = table(value, path, ["tags", "front", "back"], fail);
  const wrong = !Array.isArray(tags) || tags.length === 0 || !tags.every(isTag);
  if (wrong) fail([...path, "tags"], `${path.at(-1)}: tags must be a list of words without spaces`);
  return {
    front: text(front, [...path, "front"], fail),
    back: text(back, [...path, "back"], fail),
    tags: tags as string[],
  };
}

function isTag(tag: unknown): boolean {
  return typeof tag === "string" && /^\S+$/.test(tag);
}

function text(value: unknown, path: Path, fail: Fail): Text {
  const { zh, en } = table(value, path, ["zh", "en"], fail);
  const said = (words: unknown): string =>
    typeof words === "string" && words.trim() !== ""
      ? words.trim()
      : fail(path, `${path.join(".")} must be said in zh and in en`);
  return { zh: said(zh), en: said(en) };
}

/** A table that has exactly the keys `keys`, or any where `keys` is null. */
function table(value: unknown, path: Path, keys: string[] | null, fail: Fail) {
  const name = path.join(".") || "the file";
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    fail(path, `${name} must be a table${keys ? ` of ${keys.join(", ")}` : ""}`);
  }
  for (const key of keys ? Object.keys(value as object) : []) {
    if (!keys?.includes(key)) fail([...path, key], unknown("key", key, keys ?? []));
  }
  for (const key of keys ?? []) {
    if (!(key in (value as object))) fail(path, `${name} has no ${JSON.stringify(key)}`);
  }
  return value as Record<string, unknown>;
}

/** Where the deepest node that exists on the path begins. */
function offsetOf(doc: Document, path: Path): number {
  const node = (path.length > 0 ? doc.getIn(path, true) : doc.contents) as {
    range?: [number, number, number];
  } | null;
  if (node?.range) return node.range[0];
  return path.length > 0 ? offsetOf(doc, path.slice(0, -1)) : 0;
}
