/** The operators and functions of the rule language: one row each. */
import type { Scalar } from "./rule.ts";

export interface Operator {
  /** How many arguments it takes. */
  arity: number;
  evaluate: (...args: never[]) => Scalar;
  /** Binding strength of an operator that stands between (or before) its arguments. */
  precedence?: number;
  /** How JavaScript spells it, where that differs. Functions come from `Math` unless helpers. */
  js?: string;
  /** The result needs no rounding: it is one of the arguments, or a small whole number. */
  exact?: true;
}

type Row = readonly [
  arity: number,
  evaluate: (...args: never[]) => Scalar,
  more?: Omit<Operator, "arity" | "evaluate">,
];

// prettier-ignore
const rows: Record<string, Row> = {
  or:  [2, (a: boolean, b: boolean) => a || b, { precedence: 1, js: "||" }],
  and: [2, (a: boolean, b: boolean) => a && b, { precedence: 2, js: "&&" }],
  not: [1, (a: boolean) => !a, { precedence: 3, js: "!" }],
  "==": [2, (a: Scalar, b: Scalar) => a === b, { precedence: 4, js: "===" }],
  "!=": [2, (a: Scalar, b: Scalar) => a !== b, { precedence: 4, js: "!==" }],
  "<":  [2, (a: number, b: number) => a < b, { precedence: 4 }],
  ">":  [2, (a: number, b: number) => a > b, { precedence: 4 }],
  "<=": [2, (a: number, b: number) => a <= b, { precedence: 4 }],
  ">=": [2, (a: number, b: number) => a >= b, { precedence: 4 }],
  "+":  [2, (a: number, b: number) => a + b, { precedence: 5 }],
  "-":  [2, (a: number, b: number) => a - b, { precedence: 5 }],
  "*":  [2, (a: number, b: number) => a * b, { precedence: 6 }],
  "/":  [2, (a: number, b: number) => a / b, { precedence: 6 }],
  neg:  [1, (a: number) => -a, { precedence: 7, js: "-", exact: true }],
  "**": [2, pow, { js: "pow" }],

  sqrt: [1, Math.sqrt],
  abs:  [1, Math.abs, { exact: true }],
  sign: [1, sign, { exact: true }],
  min:  [2, Math.min, { exact: true }],
  max:  [2, Math.max, { exact: true }],
  /** `a + w * (b - a)`, from whichever end is nearer. `w` touches no element. */
  lerp: [3, (a: number, b: number, w: number) => a + w * (b - a)],
  where: [3, (c: boolean, a: number, b: number) => (c ? a : b), { exact: true }],
  /** Rounds a scalar that PyTorch keeps in float32. */
  float32: [1, Math.fround, { js: "fround" }],
};

export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries(rows).map(([name, [arity, evaluate, more]]) => [
    name,
    { arity, evaluate, ...more },
  ]),
);

/** Names that can be called: `sqrt(x)`. */
export const functionNames: readonly string[] = [...operators]
  .filter(([name, { precedence }]) => precedence === undefined && /^\w+$/.test(name))
  .map(([name]) => name);

/** PyTorch's sign: 0 for NaN. */
export function sign(x: number): number {
  return Number(x > 0) - Number(x < 0);
}

/**
 * `x ** y`, to the last bit for whole exponents, as C's `pow` is and JavaScript's is not: repeated
 * squaring in numbers of twice the precision (Dekker 1971, doi:10.1007/BF01397083).
 *
 * @example
 * pow(0.999, 3) // 0.997002999
 */
export function pow(x: number, y: number): number {
  if (!Number.isInteger(y) || y < 0 || y > 2 ** 31) return x ** y;
  /** high + low is the exact product of a and b. */
  const product = (a: number, b: number): [number, number] => {
    const split = (c: number): [number, number] => {
      const wide = 134217729 * c;
      const high = wide - (wide - c);
      return [high, c - high];
    };
    const p = a * b;
    const [ah, al] = split(a);
    const [bh, bl] = split(b);
    return [p, ah * bh - p + ah * bl + al * bh + al * bl];
  };
  const times = (a: [number, number], b: [number, number]): [number, number] => {
    const [high, low] = product(a[0], b[0]);
    const rest = low + (a[0] * b[1] + a[1] * b[0]);
    const sum = high + rest;
    return [sum, rest - (sum - high)];
  };
  let result: [number, number] = [1, 0];
  let square: [number, number] = [x, 0];
  for (let left = y; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = times(result, square);
    if (left > 1) square = times(square, square);
  }
  return Number.isFinite(result[0]) ? result[0] + result[1] : x ** y;
}
