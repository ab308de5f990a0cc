/** What a reader cannot see in the numbers of a large tensor: its shape, and where the numbers lie. */
import { show } from "./display.ts";
import type { Tensor } from "./tensor.ts";

/** So few elements are seen at a glance. */
const FEW = 10;
const DIGITS = 4;

/** How a notebook shows a tensor: as PyTorch prints it, and a line of statistics if it has ten elements or more. */
export function showWithStatistics(tensor: Tensor): string {
  return tensor.size < FEW ? show(tensor) : `${show(tensor)}\n${statistics(tensor)}`;
}

/**
 * `shape [2, 5], min 0, max 9, mean 4.5, std 3.028`, of the finite elements, in f64; the deviation
 * is the unbiased one, as torch.std's. What is not finite is counted behind it.
 */
function statistics({ shape, data, size }: Tensor): string {
  let count = 0;
  let nan = 0;
  let min = Infinity;
  let max = -Infinity;
  let mean = 0;
  let squares = 0;
  // Welford, Technometrics 4 (1962): one pass, and no difference of two large sums.
  for (let i = 0; i < size; i++) {
    const x = data[i]!;
    if (!Number.isFinite(x)) {
      nan += Number.isNaN(x) ? 1 : 0;
      continue;
    }
    count += 1;
    min = Math.min(min, x);
    max = Math.max(max, x);
    const distance = x - mean;
    mean += distance / count;
    squares += distance * (x - mean);
  }
  const inf = size - count - nan;
  const spread = count > 1 ? `, std ${short(Math.sqrt(squares / (count - 1)))}` : "";
  return [
    `shape [${shape.join(", ")}]`,
    ...(count ? [`min ${short(min)}, max ${short(max)}, mean ${short(mean)}${spread}`] : []),
    ...(nan ? [`${nan} nan`] : []),
    ...(inf ? [`${inf} inf`] : []),
  ].join(", ");
}

function short(x: number): string {
  return String(Number(x.toPrecision(DIGITS)));
}
