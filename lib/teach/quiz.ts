import { book } from "./book.ts";
import { type Displayable, displayable } from "./display.ts";
import { lookup } from "./known.ts";
import type { Quiz, QuizOption } from "./record.ts";

/** What a cell can compute to be compared with the options. */
export type Computed = number | string | boolean;

/**
 * A quiz of the open chapter. Given a computed value, it checks that the option whose `value` is
 * equal (among numbers: nearest) is the one marked right, and throws otherwise: the key of a quiz
 * is computed, never believed.
 *
 *     quiz("Q06.2", sweep.best.mu)
 */
export function quiz(id: string, computed?: Computed): Displayable {
  const record = lookup("quiz", book.chapter.quizzes, id);
  const lang = book.lang;
  checkKey(id, record, computed);
  return displayable(async () => {
    const { quizBundle } = await import("./quiz-view.ts");
    return quizBundle(id, record, lang);
  });
}

/** The letter of an option: A, B, C, ... */
export function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

function checkKey(id: string, { options }: Quiz, computed: Computed | undefined): void {
  const right = options.filter((option) => option.right);
  if (right.length !== 1) {
    throw new Error(`quiz: ${JSON.stringify(id)} has ${right.length} right options, must have 1`);
  }
  const valued = options.filter((option) => option.value !== undefined);
  if (computed === undefined && valued.length === 0) return;
  if (computed === undefined) {
    throw new Error(`quiz: ${JSON.stringify(id)} has a computed key, call quiz("${id}", value)`);
  }
  const [chosen, rival] = byDistance(valued, computed);
  if (chosen === undefined || rival?.distance === chosen.distance) {
    const values = valued.map((option) => option.value).join(", ") || "none";
    throw new Error(
      `computed value: ${computed} chooses no option of ${JSON.stringify(id)}. Values: ${values}`,
    );
  }
  if (!chosen.option.right) {
    const name = (option: QuizOption) => letter(options.indexOf(option));
    throw new Error(
      `quiz: ${JSON.stringify(id)} is marked ${name(right[0]!)}, ` +
        `but the computed value ${computed} chooses ${name(chosen.option)}`,
    );
  }
}

/** The options that a value can mean, the nearest first. */
function byDistance(options: QuizOption[], computed: Computed) {
  return options
    .map((option) => ({ option, distance: distance(option.value, computed) }))
    .filter(({ distance }) => Number.isFinite(distance))
    .sort((a, b) => a.distance - b.distance);
}

function distance(value: Computed | undefined, computed: Computed): number {
  if (value === computed) return 0;
  return typeof value === "number" && typeof computed === "number"
    ? Math.abs(value - computed)
    : Infinity;
}
