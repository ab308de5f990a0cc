/** Functions of one number that JavaScript's Math does not have. */

/**
 * The error function, by its series of positive terms: accurate to a few units in the last place.
 *
 * Source: NIST Digital Library of Mathematical Functions, 7.6.2.
 *
 * @example
 * erf(0.5).toFixed(12) // "0.520499877813"
 */
export function erf(x: number): number {
  // From here on the result is 1 to the last bit.
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** `x ** n` as PyTorch computes it: by products where the exponent is a small one. */
export function power(n: number): (x: number) => number {
  if (n === 2) return (x) => x * x;
  if (n === 3) return (x) => x * x * x;
  if (n === 0.5) return Math.sqrt;
  if (n === -0.5) return (x) => 1 / Math.sqrt(x);
  if (n === -1) return (x) => 1 / x;
  if (n === -2) return (x) => 1 / (x * x);
  return (x) => x ** n;
}

/** Into `[low, high]`; NaN stays. */
export function clamp(low: number, high: number): (x: number) => number {
  return (x) => (x !== x ? x : Math.min(Math.max(x, low), high));
}
