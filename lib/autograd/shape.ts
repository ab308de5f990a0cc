/** The sizes of a tensor, outermost first; `[]` is one number. */
export type Shape = readonly number[];

/** How many elements a shape holds: the product of its sizes, 1 for `[]`. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, dim) => length === b[dim]);
}

/** `[2, 3]`, as in every error message. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * The shape of an operation between two shapes: aligned at the right, where 1 (or nothing) meets
 * any size and stretches.
 */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, dim) => {
    const left = a[dim - rank + a.length] ?? 1;
    const right = b[dim - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new RangeError(
        `shapes: ${showShape(a)} and ${showShape(b)} cannot be broadcast together: ` +
          `size ${left} meets ${right} in dimension ${dim}. Sizes must be equal, or one of them 1`,
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
  const place = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < index.length; i++) {
    index[i] = at;
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      at += strides[dim]!;
      if (++place[dim]! < shape[dim]!) break;
      at -= strides[dim]! * shape[dim]!;
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
  if (!Number.isInteger(dim) || found < 0 || found >= rank) {
    throw new RangeError(`dimension: ${dim}. This tensor has ${rank}: ${-rank} to ${rank - 1}`);
  }
  return found;
}
