import { unknown } from "../lib/kernels/index.ts";
import type { Card } from "../lib/teach/record.ts";
import type { Chapter, Code } from "./chapter.ts";
import { SourceError } from "./errors.ts";

/** The names that a chapter's code mentions, by kind: `say("a")`, `quiz("b")`, `card("c", "d")`. */
export interface Uses {
  say: Set<string>;
  quiz: Set<string>;
  card: Set<string>;
}

const call = /\b(say|quiz|card)\(\s*((?:"[^"]*"\s*,?\s*)+)/g;

/** Collects what the code mentions and refuses names that do not exist or are never mentioned. */
export function checkUses(chapter: Chapter, cards: Record<string, Card>): Uses {
  const uses: Uses = { say: new Set(), quiz: new Set(), card: new Set() };
  const known = { say: chapter.strings, quiz: chapter.quizzes, card: cards };
  const nouns = { say: "string", quiz: "quiz", card: "card" };
  for (const cell of chapter.cells) {
    if (cell.kind !== "code") continue;
    for (const { kind, name, line } of mentions(cell)) {
      uses[kind].add(name);
      if (Object.hasOwn(known[kind], name)) continue;
      const problem = unknown(nouns[kind], name, Object.keys(known[kind]));
      throw new SourceError(chapter.file, line, problem);
    }
  }
  for (const kind of ["say", "quiz"] as const) {
    const idle = Object.keys(known[kind]).find((name) => !uses[kind].has(name));
    if (idle === undefined) continue;
    const remedy = `no cell calls ${kind}("${idle}"); use it or remove it`;
    throw new SourceError(chapter.file, 1, `unused ${nouns[kind]}: "${idle}"; ${remedy}`);
  }
  return uses;
}

interface Mention {
  kind: keyof Uses;
  name: string;
  line: number;
}

function mentions(cell: Code): Mention[] {
  return [...cell.code.matchAll(call)].flatMap((match) => {
    const [, kind, list] = match as unknown as [string, keyof Uses, string];
    const line = cell.line + cell.code.slice(0, match.index).split("\n").length;
    const names = [...list.matchAll(/"([^"]*)"/g)].map((quoted) => quoted[1] as string);
    return (kind === "card" ? names : names.slice(0, 1)).map((name) => ({ kind, name, line }));
  });
}
