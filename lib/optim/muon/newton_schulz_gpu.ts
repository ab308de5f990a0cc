import { Tensor } from "../../autograd/index.ts";
import { gpu } from "../../kernels/index.ts";
import type { Numbers, Scratch } from "../../kernels/gpu/scratch.ts";
import { type GpuMatrix, gpuMatrix, products, transposed } from "../../kernels/matmul/gpu.ts";
import { norm2 } from "../../kernels/reduce/gpu.ts";
import { checkNewtonSchulz, type Coefficients } from "./newton_schulz.ts";

const WORKGROUP = 256;

/** A kernel that computes each element of `z` from elements of other matrices. */
export function printElements(inputs: readonly string[], value: string): string {
  const bindings = ["size", ...inputs].map((name, i) => {
    const type = name === "size" ? "Size" : "array<f32>";
    return `@group(0) @binding(${i}) var<storage, read> ${name}: ${type};`;
  });
  return `
struct Size { rows: u32, cols: u32, down: u32, right: u32, p: f32, q: f32 }
${bindings.join("\n")}
@group(0) @binding(${bindings.length}) var<storage, read_write> z: array<f32>;

fn bfloat16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return x; }
  return bitcast<f32>((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u);
}

@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (group.x + group.y * groups.x) * ${WORKGROUP}u + thread;
  if (i >= size.rows * size.cols) { return; }
  let at = i / size.cols * size.down + i % size.cols * size.right;
  z[i] = bfloat16(${value});
}`.trim();
}

export const ROUND = printElements(["x"], "x[at]");
export const DIVIDE = printElements(
  ["x", "norm"],
  "x[at] / max(bfloat16(norm[0]), bfloat16(size.p))",
);
export const BLEND = printElements(["x", "y"], "size.p * x[at] + size.q * y[i]");

/** A matrix of new elements; `p` and `q` are the two numbers that the kernel may use. */
function elements(
  scratch: Scratch,
  code: string,
  x: GpuMatrix,
  more: Numbers[] = [],
  p = 0,
  q = 0,
): GpuMatrix {
  const { rows, cols, strides } = x;
  const size = scratch.whole(
    rows,
    cols,
    ...strides,
    ...new Uint32Array(Float32Array.of(p, q).buffer),
  );
  const result = scratch.room(rows * cols);
  const groups = Math.ceil((rows * cols) / WORKGROUP);
  const across = Math.max(1, Math.min(groups, 65_535));
  scratch.run(code, [size, x.numbers, ...more, result], [across, Math.ceil(groups / across)]);
  return gpuMatrix(result, rows, cols);
}

/**
 * `zeropower_via_newtonschulz` on a GPU, step by step the same, and with the same bits where division
 * and square root are exact. Of a matrix that is on the GPU nothing is fetched but the result.
 *
 * Errors: those of `zeropower_via_newtonschulz`; a GPU that is not open (`await gpu.ready`).
 */
export async function zeropower_via_newtonschulz_on_gpu(
  grad: Tensor,
  ns_coefficients: Coefficients = [3.4445, -4.775, 2.0315],
  ns_steps = 5,
  eps = 1e-7,
): Promise<Tensor> {
  checkNewtonSchulz(grad.shape, ns_coefficients, ns_steps);
  const [rows, cols] = grad.shape as [number, number];
  if (grad.size === 0) return new Tensor(new Float32Array(), grad.shape);
  const scratch = gpu.scratch();
  const tall = rows > cols;
  const [a, b, c] = ns_coefficients as [number, number, number];
  const rounded = elements(scratch, ROUND, gpuMatrix(scratch.numbers(grad), rows, cols));
  const norm = norm2(scratch, rounded.numbers);
  const turn = (x: GpuMatrix) => (tall ? transposed(x) : x);
  let x = elements(scratch, DIVIDE, turn(rounded), [norm], eps);
  for (let step = 0; step < ns_steps; step++) {
    const view = tall && step === 0;
    const gram = elements(scratch, ROUND, products(scratch, x, x, view ? 1 : 16));
    const square = products(scratch, gram, gram, view ? 1 : 4);
    const update = elements(scratch, BLEND, gram, [square.numbers], b, c);
    const change = products(scratch, update, transposed(x), view ? 1 : 4);
    x = elements(scratch, BLEND, x, [change.numbers], a, 1);
  }
  // Rounded already: this only turns the matrix back.
  const result = elements(scratch, ROUND, turn(x));
  return new Tensor(await scratch.read(result.numbers), grad.shape);
}
