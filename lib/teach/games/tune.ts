import { book } from "../book.ts";
import { type Displayable, displayable } from "../display.ts";
import type { SceneOptions } from "../live.ts";

export interface TuneOptions extends SceneOptions {
  /**
   * Below this height above the floor a walk has arrived, instead of nearer to the floor than
   * `goal`: on a saddle a height under the pass means that the walk has escaped.
   */
  height?: number;
  /** A walk that passes the floor is disqualified (on a curve). */
  noCrossing?: boolean;
  /** Walks that the reader has. Default 8. */
  tries?: number;
  caption: string;
  alt: string;
}

/**
 * A game: the fewest steps within a few tries. The sliders move in the positions that `step` gives
 * them, and every one of them is tried when the cell runs: that is the record to beat.
 *
 *     tune({
 *       surface: saddle(),
 *       walkers: { SGD: { optimizer: SGD }, Adam: { optimizer: Adam } },
 *       sliders: { lr: { min: 1e-3, max: 0.3, value: 0.01, log: true, step: 0.05 } },
 *       steps: 200, height: 0.05, caption: say("escape-caption"), alt: say("escape-alt"),
 *     })
 */
export function tune(options: TuneOptions): Displayable {
  const { lang } = book;
  return displayable(async () => {
    const { tuneBundle } = await import("./tune-view.ts");
    return tuneBundle(options, lang);
  });
}
