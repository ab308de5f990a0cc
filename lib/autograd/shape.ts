/** The sizes of a tensor, outermost first; `[]` is one number. */
export type Shape = readonly number[];

/** How many elements a shape holds: the product of its sizes, 1 for `[]`. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let dim = 0; dim < a.length; dim++) if (a[dim] !== b[dim]) return false;
  return true;
}

/** `[2, 3]`, as in every error message. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * The shape of an operation between two shapes: aligned at the right, where 1 (or nothing) meets
 * any size and stretches.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, dim) => {
    const left = a[dim - rank + a.length] ?? 1;
    const right = b[dim - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new RangeError(
        `The size of tensor a (${left}) must match the size of tensor b (${right}) at ` +
          `non-singleton dimension ${dim}. Shapes ${showShape(a)} and ${showShape(b)} cannot be ` +
          "broadcast together: aligned at the right, sizes must be equal, or one of them 1",
      );
    }
    return left === 1 ? right : left;
  });
}

/** Distance in memory between neighbours along each dimension, row-major. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let dim = shape.length - 2; dim >= 0; dim--) {
    strides[dim] = strides[dim + 1]! * shape[dim + 1]!;
  }
  return strides;
}

/** Visits a grid of `shape` row by row and notes where `strides` lead from `offset`. */
export function stridedIndex(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  const index = new Int32Array(sizeOf(shape));
  const last = shape.length - 1;
  const length = shape[last] ?? 1;
  const stride = strides[last] ?? 1;
  const place = shape.map(() => 0);
  let start = offset;
  for (let i = 0; i < index.length;) {
    for (let j = 0, at = start; j < length; j++, at += stride) index[i++] = at;
    for (let dim = last - 1; dim >= 0; dim--) {
      start += strides[dim]!;
      if (++place[dim]! < shape[dim]!) break;
      start -= strides[dim]! * shape[dim]!;
      place[dim] = 0;
    }
  }
  return index;
}

/** For each element of shape `to`, which element of the broadcast shape `from` it reads. */
export function broadcastIndex(from: Shape, to: Shape): Int32Array {
  const own = stridesOf(from);
  const strides = to.map((_, dim) => {
    const source = dim - to.length + from.length;
    return source < 0 || from[source] === 1 ? 0 : own[source]!;
  });
  return stridedIndex(to, strides);
}

/** A dimension counted from either end (-1 is the last), checked. */
export function dimension(dim: number, rank: number): number {
  const found = dim < 0 ? dim + rank : dim;
  // A single number has no dimension, yet PyTorch lets it be reduced along dimension 0.
  const most = Math.max(rank, 1);
  if (!Number.isInteger(dim) || found < (rank === 0 ? -1 : 0) || found >= most) {
    throw new RangeError(
      `Dimension out of range (expected to be in range of [${-most}, ${most - 1}], but got ${dim})`,
    );
  }
  return found;
}

/** A shape as outer × length × inner around one of its dimensions: what runs along it do. */
export function around(shape: Shape, dim: number) {
  const outer = sizeOf(shape.slice(0, dim));
  const length = shape[dim] ?? 1;
  return { outer, length, inner: sizeOf(shape.slice(dim + 1)) };
}

/** An index counted from either end, checked. */
export function indexIn(length: number, index: number, dim: number): number {
  const found = index < 0 ? index + length : index;
  if (Number.isInteger(index) && found >= 0 && found < length) return found;
  throw new RangeError(`index ${index} is out of bounds for dimension ${dim} with size ${length}`);
}
