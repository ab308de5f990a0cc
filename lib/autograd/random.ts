/** A generator of numbers: call it for the next one. */
export type Random = () => number;

/**
 * A seeded generator of uniform numbers in [0, 1): mulberry32. The same seed gives the same numbers
 * everywhere, so every run of the book repeats.
 *
 * @example
 * const r = rng(1);
 * r().toFixed(6) // "0.627074"
 * r().toFixed(6) // "0.002736"
 */
export function rng(seed: number): Random {
  let a = seed;
  return () => {
    a |= 0;
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Normal numbers (mean 0, deviation 1) from uniform ones, two for one: Box and Muller (1958).
 *
 * @example
 * const normal = gauss(rng(1));
 * normal().toFixed(6) // "0.965974"
 */
export function gauss(r: Random): Random {
  return () => {
    const u = Math.max(r(), 1e-12);
    const v = r();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  };
}
