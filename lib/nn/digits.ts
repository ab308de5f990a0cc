import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fromRoot } from "../../root.ts";
import { newData } from "../autograd/data.ts";
import { type Dtype, Tensor } from "../autograd/index.ts";

const SIDE = 8;
const PIXELS = SIDE * SIDE;

export interface Digits {
  /** [1797, 64]: the pixels of each image row by row, 0 (paper) to 16 (ink). */
  data: Tensor;
  /** [1797]: the digit that each image shows, 0 to 9. */
  target: Tensor;
}

/**
 * Handwritten digits, small enough to train on in seconds: 1797 images of 8×8 pixels, by 13 writers.
 *
 * Source: E. Alpaydin, C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
 * Learning Repository, doi:10.24432/C50P49, CC BY 4.0.
 *
 * @example
 * const { data, target } = load_digits();
 * data.shape // [1797, 64]
 * target.slice(0, 0, 5) // tensor([0., 1., 2., 3., 4.])
 */
export function load_digits({ dtype = "float32" }: { dtype?: Dtype } = {}): Digits {
  const bytes = gunzipSync(readFileSync(fromRoot("lib", "nn", "data", "digits.bin.gz")));
  const count = bytes.length / (PIXELS + 1);
  const pixels = newData(dtype, count * PIXELS);
  const digits = newData(dtype, count);
  for (let i = 0; i < count; i++) {
    const start = i * (PIXELS + 1);
    pixels.set(bytes.subarray(start, start + PIXELS), i * PIXELS);
    digits[i] = bytes[start + PIXELS]!;
  }
  return { data: new Tensor(pixels, [count, PIXELS]), target: new Tensor(digits, [count]) };
}
