/** The operations on elements: one row each, the forward computation beside its derivative. */
import { binary, comparison, map, unary, where } from "./elementwise.ts";
import { clamp, erf, power } from "./special.ts";
import type { Derivative } from "./tape.ts";
import type { Operand, Tensor } from "./tensor.ts";

const none: Derivative = (g) => g.like(0);
/** At a tie, maximum and minimum pass half of the gradient to either side. */
const tie = (g: Tensor, a: Tensor, b: Operand) => g.mul(a.eq(b)).mul(0.5);
const normalDensity = (a: Tensor) =>
  a
    .mul(a)
    .mul(-0.5)
    .exp()
    .mul(1 / Math.sqrt(2 * Math.PI));

/** Where a relu's result is 0, no gradient passes, however large it is. */
const threshold_backward: ReturnType<typeof binary> = binary(
  "threshold_backward",
  (g, y) => (y <= 0 ? 0 : g),
  (g, { b }) => threshold_backward(g, b),
  null,
);

/** n · a ** (n - 1) */
function powerSlope(a: Tensor, n: number): Tensor {
  if (n === 0) return a.like(0);
  return n === 2 ? a.mul(2) : a.pow(n - 1).mul(n);
}

// prettier-ignore
export const ops = {
  add: binary("add", (a, b) => a + b, (g) => g, (g) => g),
  sub: binary("sub", (a, b) => a - b, (g) => g, (g) => g.neg()),
  mul: binary("mul", (a, b) => a * b, (g, { b }) => g.mul(b), (g, { a }) => g.mul(a)),
  div: binary("div", (a, b) => a / b, (g, { b }) => g.div(b), (g, { a, b }) => g.neg().mul(a.div(b).div(b))),
  pow: binary("pow", (a, b) => a ** b,
    (g, { a, b }) => where((b as Tensor).eq(0), 0, g.mul((b as Tensor).mul(a.pow((b as Tensor).sub(1))))),
    (g, { a, b, y }) => g.mul(where(a.eq(0).mul((b as Tensor).ge(0)), 0, y.mul(a.log())))),
  maximum: binary("maximum", Math.max,
    (g, { a, b }) => g.mul(a.gt(b)).add(tie(g, a, b)), (g, { a, b }) => g.mul(a.lt(b)).add(tie(g, a, b))),
  minimum: binary("minimum", Math.min,
    (g, { a, b }) => g.mul(a.lt(b)).add(tie(g, a, b)), (g, { a, b }) => g.mul(a.gt(b)).add(tie(g, a, b))),
  copy: binary("copy", (_, b) => b, none, (g) => g),

  power: (a: Tensor, n: number, into?: Tensor) =>
    map("pow", a, power(n), (g, { a }) => g.mul(powerSlope(a, n)), into),
  clamp: (a: Tensor, low: number, high: number, into?: Tensor) =>
    map("clamp", a, clamp(low, high), (g, { a }) => g.mul(a.ge(low)).mul(a.le(high)), into),

  neg: unary("neg", (a) => -a, (g) => g.neg()),
  exp: unary("exp", Math.exp, (g, { y }) => g.mul(y)),
  log: unary("log", Math.log, (g, { a }) => g.div(a)),
  sqrt: unary("sqrt", Math.sqrt, (g, { y }) => g.div(y.mul(2))),
  abs: unary("abs", Math.abs, (g, { a }) => g.mul(a.sign())),
  sign: unary("sign", Math.sign, none),
  sin: unary("sin", Math.sin, (g, { a }) => g.mul(a.cos())),
  cos: unary("cos", Math.cos, (g, { a }) => g.neg().mul(a.sin())),
  erf: unary("erf", erf, (g, { a }) => g.mul(a.mul(a).neg().exp().mul(2 / Math.sqrt(Math.PI)))),
  relu: unary("relu", (a) => (a > 0 || a !== a ? a : 0), (g, { y }) => threshold_backward(g, y)),
  tanh: unary("tanh", Math.tanh, (g, { y }) => g.mul(y.mul(y).neg().add(1))),
  sigmoid: unary("sigmoid", (a) => 1 / (1 + Math.exp(-a)), (g, { y }) => g.mul(y.mul(y.neg().add(1)))),
  gelu: unary("gelu", (a) => 0.5 * a * (1 + erf(a * Math.SQRT1_2)),
    (g, { a }) => g.mul(a.mul(Math.SQRT1_2).erf().add(1).mul(0.5).add(a.mul(normalDensity(a))))),
} as const;

export const comparisons = {
  gt: comparison("gt", (a, b) => a > b),
  ge: comparison("ge", (a, b) => a >= b),
  lt: comparison("lt", (a, b) => a < b),
  le: comparison("le", (a, b) => a <= b),
  eq: comparison("eq", (a, b) => a === b),
  ne: comparison("ne", (a, b) => a !== b),
} as const;
