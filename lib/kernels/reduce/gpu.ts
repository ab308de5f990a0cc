/** The sums of cpu.ts as WGSL, added up in the same order. */
import type { Numbers, Scratch } from "../gpu/scratch.ts";

/** What a sum on a CPU keeps: 8 lanes of a vector, 4 rows of vectors, 4 levels of blocks. */
const LANES = 8;
const WIDTH = 4 * LANES;
const LEVELS = 4;
const WORKGROUP = 256;
/** Numbers that a workgroup squares before its lanes add them. */
const TILE = 2048;

/** What is summed up. */
const terms = { sum: "x[i]", product: "x[i] * y[i]" } as const;
export type Term = keyof typeof terms;

/**
 * Sums blocks of rows of WIDTH numbers, a thread for each column of a block; the rows that are left
 * over are the last block. On the first level the numbers are terms, later on sums.
 */
export function printBlocks(term: Term): string {
  const two = term === "product";
  return `
struct Size { rows: u32, block: u32, blocks: u32 }
@group(0) @binding(0) var<storage, read> size: Size;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
${two ? "@group(0) @binding(3) var<storage, read> y: array<f32>;" : ""}

@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let place = (group.x + group.y * groups.x) * ${WORKGROUP}u + thread;
  let block = place / ${WIDTH}u;
  if (block > size.blocks) { return; }
  let start = block * size.block;
  let to = select(start + size.block, size.rows, block == size.blocks);
  var sum = 0.0;
  for (var row = start; row < to; row++) {
    let i = row * ${WIDTH}u + place % ${WIDTH}u;
    sum += ${terms[term]};
  }
  sums[place] = sum;
}`.trim();
}

/** Adds what each level left over, then the rows, what no row holds, and the lanes. */
export function printTotal(term: Term): string {
  const two = term === "product";
  const levels = Array.from({ length: LEVELS }, (_, level) => level);
  return `
struct Size { summed: u32, lanes: u32, count: u32, left: array<u32, ${LEVELS}> }
@group(0) @binding(0) var<storage, read> size: Size;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
${levels
  .map((l) => `@group(0) @binding(${3 + l}) var<storage, read> level${l}: array<f32>;`)
  .join("\n")}
${two ? `@group(0) @binding(${3 + LEVELS}) var<storage, read> y: array<f32>;` : ""}

fn term(i: u32) -> f32 { return ${terms[term]}; }

@compute @workgroup_size(1)
fn main() {
  var sums: array<f32, ${WIDTH}>;
  for (var k = 0u; k < ${WIDTH}u; k++) {
${levels
  .map((l) => `    sums[k] ${l === 0 ? "" : "+"}= level${l}[size.left[${l}] * ${WIDTH}u + k];`)
  .join("\n")}
  }
  // Fewer numbers than lanes are summed in the rows of a single lane.
  if (size.lanes == 1u) { for (var i = 0u; i < size.summed; i++) { sums[i] = term(i); } }
  let whole = size.count - size.count % size.lanes;
  for (var i = size.summed; i < whole; i++) { sums[i % size.lanes] += term(i); }
  for (var k = size.lanes; k < ${WIDTH}u; k++) { sums[k % size.lanes] += sums[k]; }
  var total = 0.0;
  for (var i = whole; i < size.count; i++) { total += term(i); }
  for (var lane = 0u; lane < size.lanes; lane++) { total += sums[lane]; }
  result[0] = total;
}`.trim();
}

/** The length of a vector: eight lanes add squares from one end to the other. */
export function printNorm(): string {
  return `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
var<workgroup> squares: array<f32, ${TILE}>;
var<workgroup> sums: array<f32, ${LANES}>;

@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(local_invocation_index) thread: u32) {
  let count = arrayLength(&x);
  let whole = count - count % ${LANES}u;
  var sum = 0.0;
  for (var start = 0u; start < whole; start += ${TILE}u) {
    let length = min(${TILE}u, whole - start);
    for (var i = thread; i < length; i += ${WORKGROUP}u) { squares[i] = x[start + i] * x[start + i]; }
    workgroupBarrier();
    if (thread < ${LANES}u) {
      for (var i = thread; i < length; i += ${LANES}u) { sum += squares[i]; }
    }
    workgroupBarrier();
  }
  if (thread < ${LANES}u) { sums[thread] = sum; }
  workgroupBarrier();
  if (thread > 0u) { return; }
  var total = 0.0;
  for (var lane = 0u; lane < ${LANES}u; lane++) { total += sums[lane]; }
  for (var i = whole; i < count; i++) { total += x[i] * x[i]; }
  result[0] = sqrt(total);
}`.trim();
}

/** As `sum` in cpu.ts, bit for bit. */
export function sum(scratch: Scratch, x: Numbers): Numbers {
  return total(scratch, "sum", x);
}

/**
 * The sum of the products of two vectors in the order of `sum`, which many threads can share. `dot`
 * in cpu.ts adds one after the other, so that the last digits differ.
 */
export function dot(scratch: Scratch, x: Numbers, y: Numbers): Numbers {
  return total(scratch, "product", x, y);
}

/** As `norm2` in cpu.ts, bit for bit where the GPU's square root is exact. */
export function norm2(scratch: Scratch, x: Numbers): Numbers {
  const result = scratch.room(1);
  scratch.run(printNorm(), [x, result], [1]);
  return result;
}

function total(scratch: Scratch, term: Term, x: Numbers, y?: Numbers): Numbers {
  const second = y === undefined ? [] : [y];
  const count = x.size / 4;
  const lanes = count < LANES ? 1 : LANES;
  const length = Math.floor((count - (count % lanes)) / (4 * lanes));
  const rows = lanes === 1 ? 0 : length;
  const power = Math.floor(Math.ceil(Math.log2(Math.max(length, 2))) / LEVELS);
  const block = 2 ** Math.max(4, power);
  const levels: Numbers[] = [];
  const left: number[] = [];
  let [input, height] = [x, rows];
  for (let level = 0; level < LEVELS; level++) {
    const blocks = level === LEVELS - 1 ? 0 : Math.floor(height / block);
    const sums = scratch.room((blocks + 1) * WIDTH);
    const size = scratch.whole(height, block, blocks);
    const groups = Math.ceil(((blocks + 1) * WIDTH) / WORKGROUP);
    const across = Math.min(groups, 65_535);
    const bindings = [size, input, sums, ...(level === 0 ? second : [])];
    const code = printBlocks(level === 0 ? term : "sum");
    scratch.run(code, bindings, [across, Math.ceil(groups / across)]);
    levels.push(sums);
    left.push(blocks);
    [input, height] = [sums, blocks];
  }
  const result = scratch.room(1);
  const size = scratch.whole(4 * lanes * length, lanes, count, ...left);
  scratch.run(printTotal(term), [size, x, result, ...levels, ...second], [1]);
  return result;
}
