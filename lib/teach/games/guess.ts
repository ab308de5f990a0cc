import { book } from "../book.ts";
import { type Displayable, displayable } from "../display.ts";
import type { Walker } from "../live.ts";
import type { Surface } from "../surfaces.ts";

export interface GuessOptions {
  surface: Surface;
  /** Two to five optimizers by the names that the reader chooses from. */
  walkers: Record<string, Walker>;
  steps: number;
  /** By default the surface's own. */
  start?: [number, number];
  /** Decides which path gets which letter. Default 1. */
  seed?: number;
  caption: string;
  alt: string;
}

/**
 * A game: whose path is it? Paths without names on one map; number keys choose a name, and each
 * wrong guess reveals a clue that is computed from the path.
 *
 *     guess({
 *       surface: bentValley(),
 *       walkers: { SGD: { optimizer: SGD, options: { lr: 0.0018 } }, Adam: { optimizer: Adam } },
 *       steps: 100, caption: say("guess-caption"), alt: say("guess-alt"),
 *     })
 */
export function guess(options: GuessOptions): Displayable {
  const { lang } = book;
  return displayable(async () => {
    const { guessBundle } = await import("./guess-view.ts");
    return guessBundle(options, lang);
  });
}
