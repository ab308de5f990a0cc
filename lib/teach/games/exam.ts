import { book, readRecords } from "../book.ts";
import { type Displayable, displayable } from "../display.ts";

export interface ExamOptions {
  /** The paper that is printed for readers without scripts, and the first one. Default 1. */
  seed?: number;
  /** Default 30. */
  questions?: number;
  /** Questions that every paper has: `06-momentum/buffer-limit`. */
  always?: string[];
  caption: string;
  alt: string;
}

/**
 * The final exam: questions drawn by a seed from all quizzes of the book but the open chapter's, as
 * many from each part as it deserves, then a score and a certificate.
 *
 *     exam({ seed: 28, caption: say("exam-caption"), alt: say("exam-alt") })
 */
export function exam(options: ExamOptions): Displayable {
  const { lang } = book;
  const records = readRecords().filter(({ id }) => id !== book.chapter.id);
  return displayable(async () => {
    const { examBundle } = await import("./exam-view.ts");
    return examBundle(records, options, lang);
  });
}
