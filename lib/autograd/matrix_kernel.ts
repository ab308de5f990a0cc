/**
 * The product of two matrices of doubles in WebAssembly SIMD: two rows of the left by four columns of
 * the right at a time, each element's products added one after the other, as a plain loop would.
 *
 * Source of the codes: WebAssembly Core Specification 2.0, chapter 5
 * (https://webassembly.github.io/spec/core/binary/).
 */

/** Rows and columns that the kernel takes at a time: its matrices are filled up with zeros to that. */
const ROWS = 2;
const COLUMNS = 4;
const PAGE_BYTES = 65536;

// Parameters, all in bytes: where x, y and the result are, the end of x, the lengths of their rows.
const [X, Y, OUT, X_END, K, M] = [0, 1, 2, 3, 4, 5];
// Local variables: a column, where to read, where a row ends; then vectors.
const [COLUMN, P, Q, P_END] = [6, 7, 8, 9];
const [LEFT, RIGHT0, RIGHT1, SUM00, SUM01, SUM10, SUM11] = [10, 11, 12, 13, 14, 15, 16];

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const I32_ADD = [0x6a];
const more = (local: number, ...value: number[]) => [
  ...get(local),
  ...value,
  ...I32_ADD,
  ...set(local),
];
const bytes = (count: number) => [0x41, count];
/** Again while the local is below the other. */
const loop = (body: number[], local: number, end: number) => [
  ...[0x03, 0x40, ...body, ...get(local), ...get(end), 0x49, 0x0d, 0x00, 0x0b],
];
const load = (offset: number) => [0xfd, 0x00, 0x03, offset];
const store = (offset: number) => [0xfd, 0x0b, 0x03, offset];
const LOAD_TWICE = [0xfd, 0x0a, 0x03, 0x00];
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
  ...[...get(P), ...LOAD_TWICE, ...set(LEFT)],
  ...[...addProduct(SUM00, RIGHT0), ...addProduct(SUM01, RIGHT1)],
  ...[...get(P), ...get(K), ...I32_ADD, ...LOAD_TWICE, ...set(LEFT)],
  ...[...addProduct(SUM10, RIGHT0), ...addProduct(SUM11, RIGHT1)],
  ...[...more(P, ...bytes(8)), ...more(Q, ...get(M))],
];

const put = (sum: number, offset: number) => [...get(P), ...get(sum), ...store(offset)];

const tile = [
  ...[SUM00, SUM01, SUM10, SUM11].flatMap((sum) => [...ZEROS, ...set(sum)]),
  ...[...get(X), ...set(P), ...get(X), ...get(K), ...I32_ADD, ...set(P_END)],
  ...[...get(Y), ...get(COLUMN), ...I32_ADD, ...set(Q)],
  ...loop(products, P, P_END),
  ...[...get(OUT), ...get(COLUMN), ...I32_ADD, ...set(P), ...put(SUM00, 0), ...put(SUM01, 16)],
  ...[...more(P, ...get(M)), ...put(SUM10, 0), ...put(SUM11, 16)],
  ...more(COLUMN, ...bytes(COLUMNS * 8)),
];

const twoRows = [
  ...[...bytes(0), ...set(COLUMN), ...loop(tile, COLUMN, M)],
  ...[
    ...more(X, ...get(K)),
    ...more(X, ...get(K)),
    ...more(OUT, ...get(M)),
    ...more(OUT, ...get(M)),
  ],
];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const size = (length: number) => [(length & 0x7f) | 0x80, length >> 7];
  const section = (id: number, content: number[]) => [id, ...size(content.length), ...content];
  const [i32, v128] = [0x7f, 0x7b];
  const locals = [2, 4, i32, 7, v128];
  const body = [...locals, ...loop(twoRows, X, X_END), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 6, ...new Array<number>(6).fill(i32), 0]),
    ...section(2, [1, 1, 0x6d, 1, 0x6d, 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0x00, 0]),
    ...section(10, [1, ...size(body.length), ...body]),
  ]);
}

type Multiply = (x: number, y: number, out: number, xEnd: number, k: number, m: number) => void;
let made: { memory: WebAssembly.Memory; multiply: Multiply } | undefined;

function kernel() {
  if (made !== undefined) return made;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(moduleBytes());
  const { f } = new WebAssembly.Instance(module, { m: { m: memory } }).exports;
  return (made = { memory, multiply: f as Multiply });
}

const upTo = (value: number, unit: number) => Math.ceil(value / unit) * unit;

/** Whether a product's matrices have room in WebAssembly's 4 GiB. */
export function fits(n: number, k: number, m: number): boolean {
  const [rows, columns] = [upTo(n, ROWS), upTo(m, COLUMNS)];
  return (rows * k + k * columns + rows * columns) * 8 <= 2 ** 32;
}

type Numbers = Float32Array | Float64Array;

/** Writes the product of x [n, k] and y [k, m] to `out`, rounded to its type. All sizes above 0. */
export function multiplyInWasm(x: Numbers, y: Numbers, out: Numbers, k: number, m: number): void {
  const { memory, multiply } = kernel();
  const n = x.length / k;
  const [rows, columns] = [upTo(n, ROWS), upTo(m, COLUMNS)];
  const starts = [0, rows * k, rows * k + k * columns];
  const missing = (starts[2]! + rows * columns) * 8 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const all = new Float64Array(memory.buffer);
  all.set(x);
  // Numbers from an earlier product could be denormal there, which are slow.
  if (rows > n) all.fill(0, n * k, rows * k);
  if (columns === m) all.set(y, starts[1]);
  else {
    for (let j = 0; j < k; j++) {
      const at = starts[1]! + j * columns;
      for (let l = 0; l < m; l++) all[at + l] = y[j * m + l]!;
      all.fill(0, at + m, at + columns);
    }
  }
  multiply(0, starts[1]! * 8, starts[2]! * 8, rows * k * 8, k * 8, columns * 8);
  if (columns === m) return out.set(all.subarray(starts[2], starts[2]! + n * m));
  for (let i = 0; i < n; i++) {
    const at = starts[2]! + i * columns;
    for (let l = 0; l < m; l++) out[i * m + l] = all[at + l]!;
  }
}
