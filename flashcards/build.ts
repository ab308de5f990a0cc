import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { fromRoot } from "../root.ts";
import type { Lang } from "../lib/teach/record.ts";
import { writeCollection } from "./collection.ts";
import { type Ledger, readLedger, updateLedger, writeLedger } from "./ledger.ts";
import { chapterNotes, type Note } from "./notes.ts";
import { chaptersWithCards, readCards } from "./source.ts";
import { writeTsv } from "./tsv.ts";
import { problemsOf } from "./validate.ts";

export interface BuildOptions {
  /** The folder that gets the decks. */
  out: string;
  /** The file that remembers when notes changed; by default the committed one. */
  ledger?: string;
  /** Seconds since 1970, for notes that changed. */
  now?: number;
}

const languages: Lang[] = ["zh", "en"];

/**
 * Builds `downhill-zh.apkg`, `downhill-en.apkg` and the same as `.tsv`, and resolves to their
 * paths. Cards that changed get a new `mod` in the ledger. Throws, and writes nothing, if the own
 * validator finds a fault.
 *
 *     await buildDecks({ out: "flashcards/decks" })
 */
export async function buildDecks(options: BuildOptions): Promise<string[]> {
  const { out, ledger: file = fromRoot("flashcards", "ledger.json") } = options;
  const now = options.now ?? Math.floor(Date.now() / 1000);
  const notes = Object.fromEntries(languages.map((lang) => [lang, bookNotes(lang)]));
  const ledger = updateLedger(readLedger(file), Object.values(notes).flat(), now);
  const files: [name: string, content: Uint8Array][] = [];
  for (const lang of languages) {
    files.push([`downhill-${lang}.apkg`, await writePackage(notes[lang]!, ledger)]);
    files.push([`downhill-${lang}.tsv`, strToU8(writeTsv(notes[lang]!))]);
  }
  for (const [name, content] of files) {
    const problems = name.endsWith(".apkg") ? await problemsOf(content, now) : [];
    if (problems.length > 0) throw new Error(`deck: ${name}\n${problems.join("\n")}`);
  }
  writeLedger(file, ledger);
  await mkdir(out, { recursive: true });
  return Promise.all(
    files.map(async ([name, content]) => {
      const path = join(out, name);
      await writeFile(`${path}.part`, content);
      await rename(`${path}.part`, path);
      return path;
    }),
  );
}

/** All notes of the book in one language, in reading order. */
export function bookNotes(lang: Lang): Note[] {
  return chaptersWithCards().flatMap((chapter) => chapterNotes(readCards(chapter), lang));
}

/** An .apkg: a zip of the collection and of the media, of which there are none. */
export async function writePackage(notes: Note[], ledger: Ledger): Promise<Uint8Array> {
  const collection = await writeCollection(notes, ledger);
  // A fixed time of day, or the same cards would give other bytes.
  const mtime = new Date(1980, 0, 1);
  return zipSync({ "collection.anki2": collection, media: strToU8("{}") }, { mtime, level: 9 });
}
