/**
 * The product of two matrices of doubles in WebAssembly SIMD: four rows of the left by four columns of
 * the right at a time, each element's products added one after the other, as a plain loop would.
 *
 * Source of the codes: WebAssembly Core Specification 2.0, chapter 5
 * (https://webassembly.github.io/spec/core/binary/).
 */

/** Numbers read as a matrix: element [i, j] is number `i * down + j * right`. */
export interface Matrix {
  data: Numbers;
  rows: number;
  cols: number;
  down: number;
  right: number;
}

type Numbers = Float32Array | Float64Array;

/**
 * Rows of the left and columns of the right are taken by so many: those of a panel stand side by
 * side in the kernel's memory, first all their first numbers, then all their second ones.
 */
const SIDE = 4;
const PAGE_BYTES = 65536;

// Parameters, all in bytes: where x, y and the result are, the ends of x and y, a panel's length.
const [X, Y, OUT, X_END, Y_END, PANEL] = [0, 1, 2, 3, 4, 5];
// Local variables: where to read, where a panel of x ends; then vectors.
const [P, Q, P_END] = [6, 7, 8];
const [LEFT, RIGHT0, RIGHT1, SUMS] = [9, 10, 11, 12];
const rows = Array.from({ length: SIDE }, (_, row) => row);
/** Two sums of each row share a vector. */
const sums = Array.from({ length: 2 * SIDE }, (_, i) => SUMS + i);

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const I32_ADD = [0x6a];
const more = (local: number, ...value: number[]) => [
  ...get(local),
  ...value,
  ...I32_ADD,
  ...set(local),
];
/** i32.const, in two bytes of LEB128: also above 63. */
const bytes = (count: number) => [0x41, (count & 0x7f) | 0x80, count >> 7];
/** Again while the local is below the other. */
const loop = (body: number[], local: number, end: number) => [
  ...[0x03, 0x40, ...body, ...get(local), ...get(end), 0x49, 0x0d, 0x00, 0x0b],
];
const load = (offset: number) => [0xfd, 0x00, 0x03, offset];
const loadTwice = (offset: number) => [0xfd, 0x0a, 0x03, offset];
const store = (offset: number) => [0xfd, 0x0b, 0x03, offset];
const F64X2_MUL = [0xfd, 0xf2, 0x01];
const F64X2_ADD = [0xfd, 0xf0, 0x01];
const ZEROS = [0x44, ...new Array<number>(8).fill(0), 0xfd, 0x14];

const addProduct = (sum: number, right: number) => [
  ...get(sum),
  ...get(LEFT),
  ...get(right),
  ...F64X2_MUL,
  ...F64X2_ADD,
  ...set(sum),
];

const products = [
  ...[...get(Q), ...load(0), ...set(RIGHT0), ...get(Q), ...load(16), ...set(RIGHT1)],
  ...rows.flatMap((row) => [
    ...[...get(P), ...loadTwice(row * 8), ...set(LEFT)],
    ...[...addProduct(SUMS + 2 * row, RIGHT0), ...addProduct(SUMS + 2 * row + 1, RIGHT1)],
  ]),
  ...[...more(P, ...bytes(SIDE * 8)), ...more(Q, ...bytes(SIDE * 8))],
];

/** A panel of x by one of y: SIDE rows of SIDE sums, which are written one after the other. */
const tile = [
  ...sums.flatMap((sum) => [...ZEROS, ...set(sum)]),
  ...[...get(X), ...set(P), ...loop(products, P, P_END)],
  ...sums.flatMap((sum, i) => [...get(OUT), ...get(sum), ...store(i * 16)]),
  ...more(OUT, ...bytes(SIDE * SIDE * 8)),
];

const panel = [
  ...[...get(X), ...get(PANEL), ...I32_ADD, ...set(P_END)],
  ...[...get(Y), ...set(Q), ...loop(tile, Q, Y_END)],
  ...[...get(P_END), ...set(X)],
];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const size = (length: number) => [(length & 0x7f) | 0x80, length >> 7];
  const section = (id: number, content: number[]) => [id, ...size(content.length), ...content];
  const [i32, v128] = [0x7f, 0x7b];
  const locals = [2, 3, i32, 3 + sums.length, v128];
  const body = [...locals, ...loop(panel, X, X_END), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 6, ...new Array<number>(6).fill(i32), 0]),
    ...section(2, [1, 1, 0x6d, 1, 0x6d, 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0x00, 0]),
    ...section(10, [1, ...size(body.length), ...body]),
  ]);
}

type Multiply = (
  ...args: [x: number, y: number, out: number, xEnd: number, yEnd: number, panel: number]
) => void;
let made: { memory: WebAssembly.Memory; multiply: Multiply } | undefined;

function kernel() {
  if (made !== undefined) return made;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(moduleBytes());
  const { f } = new WebAssembly.Instance(module, { m: { m: memory } }).exports;
  return (made = { memory, multiply: f as Multiply });
}

const filledUp = (value: number) => Math.ceil(value / SIDE) * SIDE;

/** How many doubles the matrices and their product take in the kernel's memory. */
const roomFor = (n: number, k: number, m: number) =>
  filledUp(n) * k + k * filledUp(m) + filledUp(n) * filledUp(m);

/** Whether a product's matrices have room in WebAssembly's 4 GiB. */
export function fits(n: number, k: number, m: number): boolean {
  return roomFor(n, k, m) * 8 <= 2 ** 32;
}

/** Writes the product of x and y to `out`, row by row, rounded to its type. All sizes above 0. */
export function multiplyInWasm(x: Matrix, y: Matrix, out: Numbers): void {
  const { memory, multiply } = kernel();
  const [n, k, m] = [x.rows, x.cols, y.cols];
  const missing = roomFor(n, k, m) * 8 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const all = new Float64Array(memory.buffer);
  const yAt = filledUp(n) * k;
  const outAt = yAt + k * filledUp(m);
  pack(x.data, n, x.down, k, x.right, all, 0);
  pack(y.data, m, y.right, k, y.down, all, yAt);
  multiply(0, yAt * 8, outAt * 8, yAt * 8, outAt * 8, k * SIDE * 8);
  unpack(all, outAt, n, m, out);
}

/** `lines` lines of `length` numbers, `across` and `along` apart, become panels. */
function pack(
  data: Numbers,
  lines: number,
  across: number,
  length: number,
  along: number,
  to: Float64Array,
  at: number,
): void {
  for (let line = 0; line < lines; line += SIDE) {
    if (line + SIDE > lines) {
      // Numbers from an earlier product could be denormal there, which are slow.
      to.fill(0, at, at + length * SIDE);
      for (let row = 0; line + row < lines; row++) {
        let i = (line + row) * across;
        for (let j = 0; j < length; j++, i += along) to[at + j * SIDE + row] = data[i]!;
      }
      return;
    }
    let i = line * across;
    for (let j = 0; j < length; j++, i += along, at += SIDE) {
      to[at] = data[i]!;
      to[at + 1] = data[i + across]!;
      to[at + 2] = data[i + 2 * across]!;
      to[at + 3] = data[i + 3 * across]!;
    }
  }
}

/** The tiles as rows. */
function unpack(all: Float64Array, at: number, n: number, m: number, out: Numbers): void {
  for (let i = 0; i < n; i += SIDE) {
    for (let l = 0; l < m; l += SIDE, at += SIDE * SIDE) {
      const width = Math.min(SIDE, m - l);
      for (let row = 0; row < SIDE && i + row < n; row++) {
        const to = (i + row) * m + l;
        for (let col = 0; col < width; col++) out[to + col] = all[at + row * SIDE + col]!;
      }
    }
  }
}
