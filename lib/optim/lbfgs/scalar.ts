/**
 * PyTorch's L-BFGS mixes Python's numbers with tensors of one element. Two numbers meet in double;
 * where a tensor is involved, both sides and the result are rounded to its type.
 */
import { type Dtype, Tensor, tensor } from "../../autograd/index.ts";
import { rounding } from "../../kernels/reduce/cpu.ts";

/** A double, or a tensor of one element. */
export type Scalar = number | Tensor;

export const scalar = (value: number, dtype: Dtype): Tensor => tensor(value, { dtype });

export const valueOf = (a: Scalar): number => (typeof a === "number" ? a : a.item());

/** How values are rounded when a meets b; null if neither is a tensor. */
function meeting(a: Scalar, b: Scalar): Dtype | null {
  if (a instanceof Tensor) return a.dtype;
  return b instanceof Tensor ? b.dtype : null;
}

function both(f: (a: number, b: number, R: (x: number) => number) => number) {
  return (a: Scalar, b: Scalar): Scalar => {
    const dtype = meeting(a, b);
    if (dtype === null) return f(a as number, b as number, (x) => x);
    const R = rounding(dtype);
    return scalar(f(R(valueOf(a)), R(valueOf(b)), R), dtype);
  };
}

export const add = both((a, b) => a + b);
export const sub = both((a, b) => a - b);
export const mul = both((a, b) => a * b);

const quotient = both((a, b) => a / b);
const numberOverTensor = both((a, b, R) => R(1 / b) * a);
/** A number divided by a tensor is its product with the reciprocal: two roundings. */
export const div = (a: Scalar, b: Scalar): Scalar =>
  typeof a === "number" ? (b instanceof Tensor ? numberOverTensor(a, b) : a / b) : quotient(a, b);

export function abs(a: Scalar): Scalar {
  return typeof a === "number" ? Math.abs(a) : a.abs();
}

function compare(f: (a: number, b: number) => boolean) {
  return (a: Scalar, b: Scalar): boolean => {
    const dtype = meeting(a, b);
    const R = dtype === null ? (x: number) => x : rounding(dtype);
    return f(R(valueOf(a)), R(valueOf(b)));
  };
}

export const less = compare((a, b) => a < b);
export const atMost = compare((a, b) => a <= b);

/** Python's: the first of two equal ones, as it is. */
export const min = (a: Scalar, b: Scalar): Scalar => (less(b, a) ? b : a);
export const max = (a: Scalar, b: Scalar): Scalar => (less(a, b) ? b : a);
