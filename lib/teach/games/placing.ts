/** Who is ahead; runs in Node for the odds and, as its own text, in the page. */
import type { Walk } from "../live-walk.ts";

/** The walks in order: who arrived, the earliest first; then who is lowest; who exploded last. */
export function placing(walks: Walk[]): number[] {
  const height = ({ losses, style }: Walk) =>
    style === "explode" ? Infinity : losses[losses.length - 1]!;
  const arrival = ({ arrived }: Walk) => (arrived === null ? Infinity : arrived);
  const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
  return walks
    .map((_, i) => i)
    .sort(
      (i, j) =>
        compare(arrival(walks[i]!), arrival(walks[j]!)) ||
        compare(height(walks[i]!), height(walks[j]!)) ||
        i - j,
    );
}

/** Everything above that a page needs, by its own text. */
export const placingFunctions = [placing];
