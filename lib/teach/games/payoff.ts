/** What the fields of the roulette pay; runs in Node for the solution and, as its own text, in the page. */
import { type Scene, walk } from "../live-walk.ts";

export interface Payoff {
  /** How high the walk ends above the floor; Infinity where it explodes. */
  height: number;
  /** What one chip becomes. */
  pays: number;
}

/** The best field pays five times the stake, others by their share of its descent in decades. */
export function payoffs(scene: Scene, lrs: number[]): Payoff[] {
  const BEST = 5;
  const TINY = 1e-300;
  const walker = scene.walkers[0]!;
  const ends = lrs.map((lr) => {
    const { losses, points } = walk(scene, walker, { lr }, scene.start);
    const height = points.length <= scene.steps ? Infinity : losses[losses.length - 1]!;
    return { first: losses[0]!, height };
  });
  const decades = ends.map(({ first, height }) => Math.log10(first / Math.max(height, TINY)));
  const most = Math.max(...decades);
  return ends.map(({ height }, i) => {
    const share = most > 0 ? Math.max(0, decades[i]!) / most : 0;
    return { height, pays: Math.round(10 * BEST * share) / 10 };
  });
}

/** Everything above that a page needs, by its own text. */
export const payoffFunctions = [payoffs];
