/** Products of matrices as WGSL, with the sums of cpu.ts in the same order. */
import { Tensor } from "../../autograd/index.ts";
import type { Numbers, Scratch } from "../gpu/scratch.ts";
import type { Partials } from "./cpu.ts";

/** A matrix whose numbers are on the GPU. */
export interface GpuMatrix {
  numbers: Numbers;
  rows: number;
  cols: number;
  /** How far apart neighbours are: in a column, and in a row. */
  strides: readonly [down: number, right: number];
}

export function gpuMatrix(numbers: Numbers, rows: number, cols: number): GpuMatrix {
  return { numbers, rows, cols, strides: [cols, 1] };
}

/** The same numbers, read the other way. */
export function transposed({ numbers, rows, cols, strides: [down, right] }: GpuMatrix): GpuMatrix {
  return { numbers, rows: cols, cols: rows, strides: [right, down] };
}

/** A workgroup computes a square of results, a thread each, from squares that it loads together. */
const SIDE = 16;

/** Inner products of rows; `partials` sums are kept for each, as on the CPU. */
export function printProducts(partials: Partials): string {
  const sums = Array.from({ length: partials }, (_, p) => `sum${p}`);
  const turns = Array.from({ length: SIDE }, (_, l) => {
    const product = `rows_a[at.y][${l}] * rows_b[at.x][${l}]`;
    return `    ${sums[l % partials]} += ${product};`;
  });
  const rest = sums.map((sum, p) => `      case ${p}u: { ${sum} += product; }`);
  const last = partials === 16 ? "total" : sums[0];
  return `
struct Size {
  n: u32, m: u32, k: u32,
  a_down: u32, a_right: u32, b_down: u32, b_right: u32,
}
@group(0) @binding(0) var<storage, read> size: Size;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
var<workgroup> rows_a: array<array<f32, ${SIDE}>, ${SIDE}>;
var<workgroup> rows_b: array<array<f32, ${SIDE}>, ${SIDE}>;

fn at_a(i: u32, l: u32) -> f32 { return a[i * size.a_down + l * size.a_right]; }
fn at_b(j: u32, l: u32) -> f32 { return b[j * size.b_down + l * size.b_right]; }

@compute @workgroup_size(${SIDE}, ${SIDE})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) at: vec3u) {
  let first_i = group.y * ${SIDE}u;
  let first_j = group.x * ${SIDE}u;
  let i = first_i + at.y;
  let j = first_j + at.x;
  // Beyond the edge a thread computes the last row or column once more, and keeps nothing.
  let load_i = min(i, size.n - 1u);
  let load_j = min(first_j + at.y, size.m - 1u);
  var ${sums.join(" = 0.0; var ")} = 0.0;
  let tiles = size.k - size.k % ${SIDE}u;
  for (var start = 0u; start < tiles; start += ${SIDE}u) {
    rows_a[at.y][at.x] = at_a(load_i, start + at.x);
    rows_b[at.y][at.x] = at_b(load_j, start + at.x);
    workgroupBarrier();
${turns.join("\n")}
    workgroupBarrier();
  }
  if (i >= size.n || j >= size.m) { return; }
  let whole = size.k - size.k % ${partials}u;
  for (var l = tiles; l < whole; l++) {
    let product = at_a(i, l) * at_b(j, l);
    switch (l % ${partials}u) {
${rest.join("\n")}
      default: {}
    }
  }
  ${partials === 16 ? `var total = ${sums.join(" + ")};` : ""}
  for (var l = whole; l < size.k; l++) { ${last} += at_a(i, l) * at_b(j, l); }
  result[i * size.m + j] = ${partials === 16 ? "total" : sums.join(" + ")};
}`.trim();
}

/** As `products` in cpu.ts, bit for bit where the GPU does not fuse a product with a sum. */
export function products(
  scratch: Scratch,
  a: GpuMatrix,
  b: GpuMatrix,
  partials: Partials,
): GpuMatrix {
  const result = scratch.room(a.rows * b.rows);
  if (a.rows * b.rows > 0) {
    const size = scratch.whole(a.rows, b.rows, a.cols, ...a.strides, ...b.strides);
    const groups = [Math.ceil(b.rows / SIDE), Math.ceil(a.rows / SIDE)] as const;
    scratch.run(printProducts(partials), [size, a.numbers, b.numbers, result], groups);
  }
  return gpuMatrix(result, a.rows, b.rows);
}

/** [n, k] times [k, m] as tensors, in four partial sums. */
export function matmul(scratch: Scratch, a: Tensor, b: Tensor): Promise<Tensor> {
  const [n, k] = a.shape as [number, number];
  const [l, m] = b.shape as [number, number];
  if (a.shape.length !== 2 || b.shape.length !== 2 || k !== l) {
    throw new RangeError(
      `mat1 and mat2 shapes cannot be multiplied (${a.shape.join("x")} and ${b.shape.join("x")}). ` +
        "On a GPU matmul takes [n, k] and [k, m]",
    );
  }
  const right = transposed(gpuMatrix(scratch.numbers(b), k, m));
  const { numbers } = products(scratch, gpuMatrix(scratch.numbers(a), n, k), right, 4);
  if (n * m === 0) return Promise.resolve(new Tensor(new Float32Array(), [n, m]));
  return scratch.read(numbers).then((data) => new Tensor(data, [n, m]));
}
