import { assemble } from "../assemble.ts";
import { growTo, MOST_PAGES } from "../memory.ts";

/** Numbers in a vector. */
export const VECTOR = 4;
/** The kernel takes so many rows of `a` against many rows of `b`, TILE of them at a time. */
export const STRIP = 2;
export const TILE = 4;

const VECTOR_BYTES = 16;
const rows = Array.from({ length: STRIP }, (_, r) => r);
const columns = Array.from({ length: TILE }, (_, c) => c);
const sums = rows.flatMap((r) => columns.map((c) => `${r}${c}`));

/**
 * WebAssembly text. For each row of vectors of `a` and of `b`: every so many vectors (`$partials`
 * bytes apart) multiply and add up to a partial sum, and these sums add up. A row of results goes
 * to `$out0`, the next to `$out1`.
 */
function printKernel(): string {
  const get = (name: string) => `local.get ${name}`;
  const set = (name: string) => `local.set ${name}`;
  const zero = (name: string) => ["f32.const 0", "f32x4.splat", set(name)];
  const load = (row: string, to: string) => [get(row), get("$i"), "i32.add", "v128.load", set(to)];
  const advance = (name: string, by: string) => [get(name), by, "i32.add", set(name)];
  const repeatWhile = (name: string, end: string) => [get(name), get(end), "i32.lt_u", "br_if 0"];
  const accumulate = (r: number, c: number) => {
    const sum = `$sum${r}${c}`;
    return [get(sum), get(`$x${r}`), get("$y"), "f32x4.mul", "f32x4.add", set(sum)];
  };
  return [
    "(module",
    '(import "arena" "memory" (memory 1 65536 shared))',
    '(func (export "strip")',
    ...["$partials", "$pitch", "$b", "$end"].map((name) => `(param ${name} i32)`),
    ...rows.flatMap((r) => [`(param $a${r} i32)`, `(param $out${r} i32)`]),
    ...["$i", "$first"].map((name) => `(local ${name} i32)`),
    ...columns.map((c) => `(local $b${c} i32)`),
    ...["$y", ...rows.map((r) => `$x${r}`)].map((name) => `(local ${name} v128)`),
    ...sums.flatMap((s) => [`(local $sum${s} v128)`, `(local $total${s} v128)`]),
    "loop",
    ...columns.flatMap((c) => [get("$b"), set(`$b${c}`), ...advance("$b", get("$pitch"))]),
    ...sums.flatMap((s) => zero(`$total${s}`)),
    ...["i32.const 0", set("$first")],
    "loop",
    ...sums.flatMap((s) => zero(`$sum${s}`)),
    ...[get("$first"), set("$i")],
    "loop",
    ...rows.flatMap((r) => load(`$a${r}`, `$x${r}`)),
    ...columns.flatMap((c) => [...load(`$b${c}`, "$y"), ...rows.flatMap((r) => accumulate(r, c))]),
    ...advance("$i", get("$partials")),
    ...repeatWhile("$i", "$pitch"),
    "end",
    ...sums.flatMap((s) => [
      ...[get(`$total${s}`), get(`$sum${s}`), "f32x4.add", set(`$total${s}`)],
    ]),
    ...advance("$first", `i32.const ${VECTOR_BYTES}`),
    ...repeatWhile("$first", "$partials"),
    "end",
    ...rows.flatMap((r) => [
      ...columns.flatMap((c) => [
        get(`$out${r}`),
        get(`$total${r}${c}`),
        `v128.store offset=${c * VECTOR_BYTES}`,
      ]),
      ...advance(`$out${r}`, `i32.const ${TILE * VECTOR_BYTES}`),
    ]),
    ...repeatWhile("$b", "$end"),
    "end",
    "))",
  ].join("\n");
}

/** What the kernel works on; all counted in vectors from the start of its memory. */
export interface Strip {
  /** The first of the rows of `a`, and the first of as many rows of results. */
  a: number;
  out: number;
  /** The first row of `b`, and where the last one ends. */
  b: number;
  end: number;
  /** Vectors in a row of `a` or `b`, and in a row of results. */
  pitch: number;
  outPitch: number;
  partials: number;
}

let loaded: { memory: WebAssembly.Memory; strip: (...args: number[]) => void } | undefined;

function kernel() {
  if (loaded !== undefined) return loaded;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  const module = new WebAssembly.Module(assemble(printKernel()));
  const { exports } = new WebAssembly.Instance(module, { arena: { memory } });
  return (loaded = { memory, strip: exports.strip as (...args: number[]) => void });
}

/** The kernel's memory, with room for at least so many vectors. */
export function workspace(vectors: number): Float32Array {
  const { memory } = kernel();
  growTo(memory, vectors * VECTOR_BYTES, "Multiply smaller matrices");
  return new Float32Array(memory.buffer);
}

/** Runs the kernel. Rows of results are written up to a multiple of TILE vectors. */
export function runStrip({ a, out, b, end, pitch, outPitch, partials }: Strip): void {
  const places = rows.flatMap((r) => [a + r * pitch, out + r * outPitch]);
  const args = [partials, pitch, b, end, ...places];
  kernel().strip(...args.map((vectors) => vectors * VECTOR_BYTES));
}
