/** How operations run that treat each element by itself. */
import { repeat } from "./broadcast.ts";
import { type Data, type Dtype, newData, widest } from "./data.ts";
import { broadcastShapes, sameShape, type Shape, showShape, sizeOf } from "./shape.ts";
import { type Derivative, record } from "./tape.ts";
import { type Operand, Tensor } from "./tensor.ts";

type OfOne = (a: number) => number;
type OfTwo = (a: number, b: number) => number;
type LoopOfOne = (x: Data, out: Data) => void;

/**
 * `f` of every element. The result overwrites `into` if there is one: a change in place.
 */
export function map(
  name: string,
  a: Tensor,
  f: OfOne,
  derivative: Derivative,
  into?: Tensor,
): Tensor {
  const run: LoopOfOne = (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = f(x[i]!);
  };
  return runOn(name, a, run, derivative, into);
}

/** An operation on each element by itself, and the derivative of its input. */
export function unary(name: string, f: OfOne, derivative: Derivative) {
  const run = loopOf<LoopOfOne>(name, "x, out", "f(x[i])", f);
  return (a: Tensor, into?: Tensor): Tensor => runOn(name, a, run, derivative, into);
}

function runOn(
  name: string,
  a: Tensor,
  run: LoopOfOne,
  derivative: Derivative,
  into?: Tensor,
): Tensor {
  const result = into ?? new Tensor(newData(a.dtype, a.data.length), a.shape);
  run(a.data, result.data);
  return record(name, [a], [derivative], result, into !== undefined);
}

/** An operation between two broadcast operands, and the derivatives of both. */
export function binary(name: string, f: OfTwo, da: Derivative | null, db: Derivative | null) {
  const derivatives = [da, db];
  type Loop<Second> = (x: Data, y: Second, out: Data) => void;
  const run = loopOf<Loop<Data>>(name, "x, y, out", "f(x[i], y[i])", f);
  const runNumber = loopOf<Loop<number>>(name, "x, y, out", "f(x[i], y)", f);
  return (a: Tensor, b: Operand, into?: Tensor): Tensor => {
    const result = into ?? emptyFor(a, b);
    if (typeof b === "number") {
      const n = a.dtype === "float64" ? b : Math.fround(b);
      runNumber(a.data, n, result.data);
      return record(name, [a, n], derivatives, result, into !== undefined);
    }
    if (into !== undefined) checkRoom(into, b);
    const dtype = resultType(a, b);
    run(aligned(a, result.shape, dtype), aligned(b, result.shape, dtype), result.data);
    return record(name, [a, b], derivatives, result, into !== undefined);
  };
}

/** A comparison: 1 where it holds, 0 elsewhere. It has no derivative and is never recorded. */
export function comparison(name: string, f: (a: number, b: number) => boolean) {
  return binary(name, (a, b) => (f(a, b) ? 1 : 0), null, null);
}

/**
 * A loop over all elements, printed anew for each `f`: V8 compiles `f` into its own loop, while one
 * loop for all would call each of them, which takes five times as long. The name makes the texts
 * differ: functions of the same text share what V8 knows of them, and with it the slow loop.
 */
function loopOf<Loop>(name: string, parameters: string, result: string, f: OfOne | OfTwo): Loop {
  const loop = `for (let i = 0; i < out.length; i++) out[i] = ${result};`;
  const make = new Function("f", `return function ${name}(${parameters}) { ${loop} };`);
  return (make as (of: typeof f) => Loop)(f);
}

function emptyFor(a: Tensor, b: Operand): Tensor {
  if (typeof b === "number") return new Tensor(newData(a.dtype, a.data.length), a.shape);
  const shape = broadcastShapes(a.shape, b.shape);
  return new Tensor(newData(resultType(a, b), sizeOf(shape)), shape);
}

function checkRoom(into: Tensor, b: Tensor): void {
  const shape = broadcastShapes(into.shape, b.shape);
  if (sameShape(into.shape, shape)) return;
  throw new RangeError(
    `output with shape ${showShape(into.shape)} doesn't match the broadcast shape ` +
      `${showShape(shape)}. A change in place keeps the shape`,
  );
}

/** The elements of `a`, repeated where it is broadcast to `shape`. */
function aligned(a: Tensor, shape: Shape, dtype: Dtype): Data {
  return sameShape(a.shape, shape) ? a.data : repeat(a.data, a.shape, shape, dtype);
}

/** The widest; but a single number takes the type of the tensor that it meets. */
export function resultType(a: Tensor, b: Tensor): Dtype {
  if (a.shape.length === 0 && b.shape.length > 0) return b.dtype;
  if (b.shape.length === 0 && a.shape.length > 0) return a.dtype;
  return widest([a.dtype, b.dtype]);
}

/** The same numbers in another type. */
export function cast(a: Tensor, dtype: Dtype): Tensor {
  const data = newData(dtype, a.size);
  data.set(a.data);
  const from = a.dtype;
  return record("to", [a], [(g) => g.to(from)], new Tensor(data, a.shape));
}

/**
 * `a` where the condition is not 0, `b` elsewhere; all three are broadcast.
 *
 * @example
 * const x = tensor([-1, 2]);
 * where(x.gt(0), x, 0) // tensor([0., 2.])
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [c, x, y] = [condition, asTensor(a, b), asTensor(b, a)];
  const shape = broadcastShapes(c.shape, broadcastShapes(x.shape, y.shape));
  const dtype = resultType(x, y);
  const data = newData(dtype, sizeOf(shape));
  const [chosen, yes, no] = [c, x, y].map((each) => aligned(each, shape, dtype)) as Data[];
  for (let i = 0; i < data.length; i++) data[i] = (chosen![i] !== 0 ? yes! : no!)[i]!;
  const derivatives: (Derivative | null)[] = [
    null,
    (g, { a }) => where(a, g, 0),
    (g, { a }) => where(a, 0, g),
  ];
  return record("where", [c, x, y], derivatives, new Tensor(data, shape));
}

/** A number becomes a tensor of no dimension, of the other operand's type. */
function asTensor(value: Operand, other: Operand): Tensor {
  if (value instanceof Tensor) return value;
  const dtype = other instanceof Tensor ? other.dtype : "float32";
  return new Tensor(newData(dtype, 1).fill(value), []);
}
