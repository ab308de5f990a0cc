/** What a notebook shows: everything here is preloaded in every cell of the book. */
export { bars } from "./bars.ts";
export { book, say } from "./book.ts";
export { card } from "./card.ts";
export { contour } from "./contour.ts";
export { figure } from "./figure.ts";
export { lines } from "./lines.ts";
export { formula, pseudocode } from "./formula.ts";
export { live } from "./live.ts";
export { exam } from "./games/exam.ts";
export { guess } from "./games/guess.ts";
export { race } from "./games/race.ts";
export { roulette } from "./games/roulette.ts";
export { tune } from "./games/tune.ts";
export { palette } from "./palette.ts";
export { quiz } from "./quiz.ts";
export {
  bentValley,
  bowl,
  desert,
  drizzle,
  hubbub,
  saddle,
  turnedValley,
  valley,
} from "./surfaces.ts";

export type { Displayable, MimeBundle } from "./display.ts";
export type { Bar } from "./bars.ts";
export type { Chart, PlotOptions } from "./chart.ts";
export type { Path } from "./contour.ts";
export type { FigureText } from "./figure.ts";
export type { Series } from "./lines.ts";
export type { Optimizable } from "./formula.ts";
export type { LiveOptions, SceneOptions, Slider, Walker } from "./live.ts";
export type { ExamOptions } from "./games/exam.ts";
export type { GuessOptions } from "./games/guess.ts";
export type { RaceOptions } from "./games/race.ts";
export type { RouletteOptions } from "./games/roulette.ts";
export type { TuneOptions } from "./games/tune.ts";
export type { Card, ChapterRecord, Lang, Quiz, QuizOption, Text } from "./record.ts";
export type { Surface } from "./surfaces.ts";
