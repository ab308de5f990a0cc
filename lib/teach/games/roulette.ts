import type { Options } from "../../kernels/index.ts";
import { book } from "../book.ts";
import { type Displayable, displayable } from "../display.ts";
import type { Optimizable } from "../formula.ts";
import type { Surface } from "../surfaces.ts";

export interface RouletteOptions {
  /** A mountain for each spin, by the name that the reader sees. */
  mountains: Record<string, Surface>;
  optimizer: Optimizable;
  /** Fixed hyper-parameters other than `lr`. */
  options?: Options;
  /** The fields, two to nine, from the smallest. */
  lrs: number[];
  steps: number;
  /** What the reader begins with. Default 100. */
  chips?: number;
  caption: string;
  alt: string;
}

/**
 * A game: learning-rate roulette. Chips on learning rates; the mountain decides what they pay, by
 * the walk that the optimizer's own rule makes there.
 *
 *     roulette({
 *       mountains: { "κ = 25": valley(25) }, optimizer: SGD, lrs: [0.001, 0.01, 0.0631, 0.0891], steps: 20,
 *       caption: say("roulette-caption"), alt: say("roulette-alt"),
 *     })
 */
export function roulette(options: RouletteOptions): Displayable {
  const { lang } = book;
  return displayable(async () => {
    const { rouletteBundle } = await import("./roulette-view.ts");
    return rouletteBundle(options, lang);
  });
}
