import type { Data } from "../autograd/index.ts";
import { pow } from "../kernels/index.ts";
import { absMax, norm2, rounding } from "../kernels/reduce/cpu.ts";

/**
 * The p-norm of some numbers, rounded after every operation in PyTorch's order: the length for 2, the
 * sum of sizes for 1, the largest for Infinity, the smallest for -Infinity, how many are not 0 for 0.
 *
 * @example
 * norm(new Float32Array([3, -4]), 2) // 5
 */
export function norm(values: Data, p: number): number {
  if (p === 2) return norm2(values);
  if (p === Infinity) return absMax(values);
  const sizes = Array.from(values, Math.abs);
  if (p === -Infinity) return sizes.reduce((least, x) => Math.min(least, x), Infinity);
  if (p === 0) return sizes.filter((x) => x !== 0).length;
  const R = rounding(values instanceof Float32Array ? "float32" : "float64");
  const sum = sizes.reduce((sum, x) => R(sum + R(pow(x, p))), 0);
  return p === 1 ? sum : R(pow(sum, R(1 / p)));
}
