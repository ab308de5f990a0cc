import { indexIn, type Shape, sizeOf, stridedIndex } from "./shape.ts";
import { type Indices, listOf, pick, spread } from "./layout.ts";
import { SparseTensor } from "./sparse.ts";
import { record } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/**
 * The rows of a matrix with these numbers. The gradient is dense, or a `SparseTensor` that lists the
 * rows that were used; a row `padding` gets none.
 */
export function embedding(
  weight: Tensor,
  indices: Indices,
  padding: number | null,
  sparse: boolean,
): Tensor {
  const [count, ...row] = weight.shape as [number, ...number[]];
  const numbers = Int32Array.from(listOf(indices), (index) => indexIn(count, index, 0));
  const shape = [...(indices instanceof Tensor ? indices.shape : [numbers.length]), ...row];
  const rows = rowsOf(numbers, row);
  if (sparse) return recordSparse(weight, rows, numbers, padding, shape);
  const chosen = pick("embedding", weight, rows, shape);
  if (padding === null || chosen.grad_fn === null) return chosen;
  const kept = maskOf(numbers, padding, chosen);
  const way = (g: Tensor) => spread("embedding", g.mul(kept), rows, weight.shape);
  return record("embedding", [weight], [way], chosen.detach());
}

/** Where the elements of these rows are. */
function rowsOf(numbers: Int32Array, row: Shape): Int32Array {
  const size = sizeOf(row);
  const index = stridedIndex([numbers.length, size], [0, 1]);
  for (let i = 0; i < index.length; i++) index[i]! += numbers[Math.floor(i / size)]! * size;
  return index;
}

/** 1 for every element, 0 in rows that come from the padding. */
function maskOf(numbers: Int32Array, padding: number, chosen: Tensor): Tensor {
  const mask = chosen.like(1);
  const size = mask.size / numbers.length;
  numbers.forEach((number, i) => {
    if (number === padding) mask.data.fill(0, i * size, (i + 1) * size);
  });
  return mask;
}

function recordSparse(
  weight: Tensor,
  rows: Int32Array,
  numbers: Int32Array,
  padding: number | null,
  shape: Shape,
): Tensor {
  const used = [...numbers.keys()].filter((i) => numbers[i] !== padding);
  const places = [Int32Array.from(used, (i) => numbers[i]!)];
  const way = (g: Tensor) => {
    const values = g.reshape([numbers.length, -1]).index_select(0, used);
    return new SparseTensor(
      places,
      values.reshape([used.length, ...weight.shape.slice(1)]),
      weight.shape,
    );
  };
  const chosen = pick("embedding", weight.detach(), rows, shape);
  return record("embedding", [weight], [way], chosen);
}
