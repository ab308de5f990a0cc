import { readdirSync, readFileSync } from "node:fs";
import { fromRoot } from "../../root.ts";
import { unknown } from "../kernels/index.ts";
import { lookup } from "./known.ts";
import type { ChapterRecord, Lang } from "./record.ts";

interface OpenChapter {
  record: ChapterRecord;
  lang: Lang;
}

let current: OpenChapter | undefined;

export const book = {
  /**
   * Opens a chapter, so that the cells below can name its texts, quizzes and cards. Every notebook
   * of the book begins with it; the language is said here and never guessed.
   *
   *     book.open("06-momentum", "zh");
   *
   * Throws for an unknown chapter or language, and names the known ones.
   */
  open(id: string, lang: Lang): void {
    if (lang !== "zh" && lang !== "en") throw new Error(unknown("language", lang, ["zh", "en"]));
    openRecord(readRecord(id), lang);
  },

  /** The open chapter; throws where none is open. */
  get chapter(): ChapterRecord {
    return openChapter().record;
  },

  /** The language of the open chapter; English where none is open. */
  get lang(): Lang {
    return current?.lang ?? "en";
  },
};

/**
 * A string of the open chapter in its language.
 *
 *     console.log(say("steps"));
 */
export function say(key: string): string {
  const { record, lang } = openChapter();
  return lookup("string", record.strings, key)[lang];
}

/** Opens a chapter that is already in memory. */
export function openRecord(record: ChapterRecord, lang: Lang): void {
  current = { record, lang };
}

function openChapter(): OpenChapter {
  if (current === undefined) {
    throw new Error('no chapter is open: run the first cell, book.open("06-momentum", "en")');
  }
  return current;
}

/** Every chapter's record, in the order of the book. */
export function readRecords(): ChapterRecord[] {
  return chapterIds().map(readRecord);
}

const folder = fromRoot("notebooks", "records");

function chapterIds(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

function readRecord(id: string): ChapterRecord {
  const known = chapterIds();
  if (!known.includes(id)) throw new Error(unknown("chapter", id, known));
  return JSON.parse(readFileSync(`${folder}/${id}.json`, "utf8")) as ChapterRecord;
}
