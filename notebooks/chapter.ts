import type { Lang, Quiz, Text } from "../lib/teach/record.ts";

export const languages: Lang[] = ["zh", "en"];

/** One chapter as its author wrote it: both languages around the same code. */
export interface Chapter {
  file: string;
  id: string;
  number: number;
  part: number;
  title: Text;
  /** What code shows: figure labels, captions, messages. Read by `say("key")`. */
  strings: Record<string, Text>;
  quizzes: Record<string, Quiz>;
  cells: Cell[];
}

export type Cell = Prose | Code;

export interface Prose {
  kind: "prose";
  id: string;
  line: number;
  text: Text;
}

export interface Code {
  kind: "code";
  id: string;
  line: number;
  code: string;
  tags: string[];
}
