/** Which questions a paper has; runs in Node for the printed one and, as its own text, in the page. */
import { rng } from "../../autograd/index.ts";

export interface Drawable {
  /** Anatomy, algorithms, state and numerics, source, practice. */
  area: number;
  /** In every paper. */
  always: boolean;
}

/**
 * The places in the bank of a paper's questions, in the order of the book. The seed decides; each area
 * gets its share, and what an area lacks is filled from the others.
 */
export function drawPaper(bank: Drawable[], seed: number, questions: number): number[] {
  const SHARES = [4, 10, 6, 4, 6];
  const all = SHARES.reduce((sum, share) => sum + share, 0);
  const random = rng(seed);
  const order = bank.map((_, i) => i);
  for (let k = order.length - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  const chosen = new Set(order.filter((i) => bank[i]!.always).slice(0, questions));
  SHARES.forEach((share, area) => {
    const own = order.filter((i) => bank[i]!.area === area);
    let places = Math.round((share * questions) / all) - own.filter((i) => chosen.has(i)).length;
    for (const i of own) {
      if (places <= 0 || chosen.size >= questions) break;
      if (chosen.has(i)) continue;
      chosen.add(i);
      places--;
    }
  });
  for (const i of order) if (chosen.size < questions) chosen.add(i);
  return [...chosen].sort((a, b) => a - b);
}

/** Everything above that a page needs, by its own text. */
export const paperFunctions = [rng, drawPaper];
