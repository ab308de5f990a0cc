/** What a walk is worth; runs in Node for the record and, as its own text, in the page. */
import type { Scene, Walk } from "../live-walk.ts";

export interface Judge {
  /** Below this height a walk has arrived; null: where it came as near as the scene's goal. */
  height: number | null;
  noCrossing: boolean;
}

/** The steps that a walk took: null if it never arrives, "crossed" if it is disqualified. */
export function score(scene: Scene, judge: Judge, walk: Walk): number | null | "crossed" {
  const { height } = judge;
  const low = height === null ? walk.arrived : walk.losses.findIndex((loss) => loss < height);
  const steps = low === -1 ? null : low;
  const floor = scene.surface.minima[0]![0];
  const side = Math.sign(scene.start[0] - floor);
  const crossed = walk.points.some(([x]) => Math.sign(x - floor) === -side);
  return judge.noCrossing && crossed ? "crossed" : steps;
}

/** Everything above that a page needs, by its own text. */
export const scoreFunctions = [score];
