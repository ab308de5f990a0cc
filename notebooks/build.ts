import type { INotebookContent } from "@jupyterlab/nbformat";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { chaptersWithCards, readCards } from "../flashcards/source.ts";
import { unknown } from "../lib/kernels/index.ts";
import type { Card, ChapterRecord } from "../lib/teach/record.ts";
import { fromRoot } from "../root.ts";
import { type Chapter, languages } from "./chapter.ts";
import { keepOutputs, toNotebook } from "./notebook.ts";
import { parseChapter } from "./source.ts";
import { checkUses } from "./uses.ts";

/** The book's chapters in reading order, read from `notebooks/chapters/`. */
export function readChapters(): Chapter[] {
  return chapterIds().map(readChapter);
}

function chapterIds(): string[] {
  return readdirSync(fromRoot("notebooks", "chapters"))
    .filter((name) => /^\d\d-.*\.md$/.test(name))
    .sort()
    .map((name) => name.slice(0, -".md".length));
}

/** One chapter by its id; throws a SourceError with file and line for the first mistake. */
export function readChapter(id: string): Chapter {
  const file = `notebooks/chapters/${id}.md`;
  const chapter = parseChapter(readFileSync(fromRoot(file), "utf8"), file);
  if (chapter.id !== id) throw new Error(`${file}: id: "${chapter.id}"; the file is named "${id}"`);
  return chapter;
}

/** The notebooks of chapters named by id or number, in both languages; of all, where none is named. */
export function notebooksOf(names: string[]): string[] {
  const ids = chapterIds();
  const means = (name: string, id: string) => id === name || id.startsWith(`${name}-`);
  for (const name of names) {
    if (!ids.some((id) => means(name, id))) throw new Error(unknown("chapter", name, ids));
  }
  const chosen = ids.filter((id) => names.length === 0 || names.some((name) => means(name, id)));
  return languages.flatMap((lang) =>
    chosen.map((id) => fromRoot("notebooks", lang, `${id}.ipynb`)),
  );
}

/** Every file that the sources decide, by its path in the package, outputs kept where code is. */
export function bookFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const chapter of readChapters()) {
    files[`notebooks/records/${chapter.id}.json`] =
      `${JSON.stringify(toRecord(chapter), null, 1)}\n`;
    for (const lang of languages) {
      const path = `notebooks/${lang}/${chapter.id}.ipynb`;
      const notebook = keepOutputs(toNotebook(chapter, lang), readNotebook(fromRoot(path)));
      files[path] = `${JSON.stringify(notebook, null, 1)}\n`;
    }
  }
  return files;
}

/**
 * Builds the book: `notebooks/chapters/*.md` become the notebooks in zh and en and the records
 * that `book.open` reads. Nothing is written unless every chapter is right. Returns the paths of
 * the files that changed.
 */
export async function buildBook(): Promise<string[]> {
  const changed = Object.entries(bookFiles()).filter(([path, text]) => {
    const file = fromRoot(path);
    return !existsSync(file) || readFileSync(file, "utf8") !== text;
  });
  for (const [path, text] of changed) writeWhole(fromRoot(path), text);
  return changed.map(([path]) => path);
}

/** What `book.open` reads: the texts that the chapter's code shows by name. */
export function toRecord(chapter: Chapter): ChapterRecord {
  const { id, title, strings, quizzes } = chapter;
  const cards = chaptersWithCards().includes(id) ? readCards(id).cards : {};
  const { card } = checkUses(chapter, cards);
  const used: Record<string, Card> = {};
  for (const name of [...card].sort()) used[name] = cards[name] as Card;
  return { id, title, strings, quizzes, cards: used };
}

function readNotebook(file: string): INotebookContent | undefined {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, "utf8")) as INotebookContent;
}

/** All or nothing: a reader never sees half a file. */
function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
