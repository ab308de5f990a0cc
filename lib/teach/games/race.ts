import { book } from "../book.ts";
import { type Displayable, displayable } from "../display.ts";
import type { Walker } from "../live.ts";
import type { Surface } from "../surfaces.ts";

export interface RaceOptions {
  surface: Surface;
  /** Two to five runners by name. */
  walkers: Record<string, Walker>;
  steps: number;
  /** Arrived means: nearer than this to a lowest point. Default 1e-6. */
  goal?: number;
  /** Races that the reader bets on. Default 3. */
  rounds?: number;
  /** Races that the odds come from. Default 20. */
  training?: number;
  /** How far starts lie around the surface's own, as a share of its box. Default 0.25. */
  spread?: number;
  /** Decides every start. Default 1. */
  seed?: number;
  /** What the reader begins with. Default 100. */
  chips?: number;
  caption: string;
  alt: string;
}

/**
 * A game: bets on a race. The odds come from training races that are run when the cell is; the races
 * themselves are run in the page by the JavaScript that is printed from each optimizer's rule.
 *
 *     race({
 *       surface: bentValley(),
 *       walkers: { SGD: { optimizer: SGD, options: { lr: 0.0018 } }, Adam: { optimizer: Adam } },
 *       steps: 300, caption: say("race-caption"), alt: say("race-alt"),
 *     })
 */
export function race(options: RaceOptions): Displayable {
  const { lang } = book;
  return displayable(async () => {
    const { raceBundle } = await import("./race-view.ts");
    return raceBundle(options, lang);
  });
}
