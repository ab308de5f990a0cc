const DIGITS = 160;
const ONE = 1n << BigInt(DIGITS);
/** A full turn, with as many binary digits behind the point. */
const TURN = 0x6487ed5110b4611a62633145c06e0e68948127044n;

/**
 * The cosine of an angle in radians, summed with 160 binary digits and rounded once. C's `cos` rounds
 * so; `Math.cos` is off by one bit in 3 % of these angles, and a schedule that multiplies its way
 * along the curve adds such bits up.
 *
 * @example
 * cos(Math.PI / 2) // 6.123233995736766e-17
 */
export function cos(angle: number): number {
  if (!Number.isFinite(angle)) return NaN;
  const x = BigInt(Math.trunc(angle * 2 ** DIGITS)) % TURN;
  const square = (x * x) >> BigInt(DIGITS);
  let sum = 0n;
  let term = ONE;
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += term;
    term = -(term * square) / ONE / (n * (n + 1n));
  }
  return Number(sum) / 2 ** DIGITS;
}
