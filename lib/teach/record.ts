/**
 * The format of `notebooks/records/*.json`: what a chapter's cells show by name. The notebooks'
 * build writes it from the chapter's source; `book.open` reads it.
 */

export type Lang = "zh" | "en";

/** The same thing said in both languages: Markdown, with maths between `$`. */
export interface Text {
  zh: string;
  en: string;
}

export interface QuizOption {
  text: Text;
  /** Why this option is right, or the world in which it would be. */
  why: Text;
  right: boolean;
  /** What the cell computes when this option is the right one. */
  value?: number | string | boolean;
}

/** A question with exactly one right option. */
export interface Quiz {
  question: Text;
  options: QuizOption[];
}

export interface Card {
  front: Text;
  back: Text;
  tags: string[];
}

export interface ChapterRecord {
  id: string;
  title: Text;
  strings: Record<string, Text>;
  quizzes: Record<string, Quiz>;
  cards: Record<string, Card>;
}
