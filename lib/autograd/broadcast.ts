/** Broadcasting on plain data: repeating a small grid over a larger one, and the sum that undoes it. */
import { type Data, type Dtype, newData } from "./data.ts";
import { broadcastIndex, sameShape, type Shape, sizeOf } from "./shape.ts";

/** The elements of shape `from`, repeated as broadcasting to `to` does. */
export function repeat(data: Data, from: Shape, to: Shape, dtype: Dtype): Data {
  const repeated = newData(dtype, sizeOf(to));
  if (data.length === 1) return repeated.fill(data[0]!);
  if (isTail(from, to)) {
    for (let i = 0; i < repeated.length; i += data.length) repeated.set(data, i);
  } else {
    const index = broadcastIndex(from, to);
    for (let i = 0; i < index.length; i++) repeated[i] = data[index[i]!]!;
  }
  return repeated;
}

/** The elements of shape `from`, summed (in double) where broadcasting from `to` would repeat. */
export function fold(data: Data, from: Shape, to: Shape): Float64Array {
  const sums = new Float64Array(sizeOf(to));
  if (sums.length === 1) {
    let total = 0;
    for (let i = 0; i < data.length; i++) total += data[i]!;
    sums[0] = total;
  } else if (isTail(to, from)) {
    for (let i = 0; i < data.length;) {
      for (let j = 0; j < sums.length; j++) sums[j]! += data[i++]!;
    }
  } else {
    const index = broadcastIndex(to, from);
    for (let i = 0; i < index.length; i++) sums[index[i]!]! += data[i]!;
  }
  return sums;
}

/** Whether a shape is the last dimensions of another, so that whole blocks repeat. */
function isTail(part: Shape, whole: Shape): boolean {
  const first = part.findIndex((length) => length !== 1);
  return (
    first >= 0 && sameShape(part.slice(first), whole.slice(whole.length - part.length + first))
  );
}
