/**
 * Assembles the WebAssembly text that `wat.ts` prints: one module, one imported memory, one exported
 * function, one instruction a line. Source: WebAssembly Core Specification 2.0, chapter 5
 * (https://webassembly.github.io/spec/core/binary/).
 */

const types: Readonly<Record<string, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Opcodes of instructions without operands. */
const plain: Readonly<Record<string, readonly number[]>> = {
  end: [0x0b],
  drop: [0x1a],
  "i32.add": [0x6a],
  "i32.lt_u": [0x49],
  "i32.and": [0x71],
  "v128.not": simd(0x4d),
  "v128.and": simd(0x4e),
  "v128.or": simd(0x50),
  "v128.bitselect": simd(0x52),
  ...lanes("f32x4", 0x13, 0x41, 0xe0),
  ...lanes("f64x2", 0x14, 0x47, 0xec),
};

function simd(code: number): number[] {
  return [0xfd, ...unsigned(code)];
}

/** The instructions on lanes of one type, whose opcodes follow each other in the same order. */
function lanes(type: string, splat: number, eq: number, abs: number): Record<string, number[]> {
  const comparisons = ["eq", "ne", "lt", "gt", "le", "ge"];
  const arithmetic = ["abs", "neg", null, "sqrt", "add", "sub", "mul", "div", "min", "max"];
  const codes: Record<string, number[]> = { [`${type}.splat`]: simd(splat) };
  comparisons.forEach((name, i) => (codes[`${type}.${name}`] = simd(eq + i)));
  arithmetic.forEach((name, i) => {
    if (name !== null) codes[`${type}.${name}`] = simd(abs + i);
  });
  return codes;
}

/** LEB128, the way WebAssembly writes whole numbers. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const vector = (items: readonly (readonly number[])[]) => [
  ...unsigned(items.length),
  ...items.flat(),
];
const text = (value: string) => [...unsigned(value.length), ...Buffer.from(value, "latin1")];
const section = (id: number, content: readonly number[]) => [
  id,
  ...unsigned(content.length),
  ...content,
];

/**
 * The bytes of a module. Throws a SyntaxError that names the line of an unknown instruction.
 *
 * @example
 * WebAssembly.validate(assemble(printWat(specialise(SGD.rule)).source)) // true
 */
export function assemble(source: string): Uint8Array<ArrayBuffer> {
  const lines = source.split("\n").map((line) => line.trim().replace(/\)+$/, ""));
  const [, moduleName, memoryName, least, most] =
    /\(import "(\w+)" "(\w+)" \(memory (\d+) (\d+) shared/.exec(source) ?? [];
  const [, exported] = /\(export "(\w+)"/.exec(source) ?? [];
  const declared = lines.map((line) => /^\((param|local) \$([\w.]+) (\w+)/.exec(line) ?? []);
  const indices = new Map<string, number>();
  for (const [, , name] of declared) if (name !== undefined) indices.set(name, indices.size);
  const of = (kind: string) => declared.filter(([, found]) => found === kind);
  const code = lines.flatMap((line, i) =>
    line === "" || line.startsWith("(") || line.startsWith('"') || line.startsWith(";;")
      ? []
      : instruction(line, i + 1, indices),
  );
  const locals = vector(of("local").map(([, , , type]) => [1, types[type!]!]));
  const body = [...locals, ...code, ...plain.end!];
  const signature = [0x60, ...vector(of("param").map(([, , , type]) => [types[type!]!])), 0];
  const limits = [0x03, ...unsigned(Number(least)), ...unsigned(Number(most))];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([signature])),
    ...section(2, vector([[...text(moduleName!), ...text(memoryName!), 0x02, ...limits]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...text(exported!), 0x00, 0x00]])),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
  ]);
}

function instruction(line: string, number: number, indices: ReadonlyMap<string, number>): number[] {
  const [name = "", operand = ""] = line.split(" ");
  const local = () => unsigned(indices.get(operand.slice(1))!);
  const memory = (align: number) => [
    align,
    ...unsigned(Number(operand.replace("offset=", "") || 0)),
  ];
  if (name === "local.get") return [0x20, ...local()];
  if (name === "local.set") return [0x21, ...local()];
  if (name === "local.tee") return [0x22, ...local()];
  if (name === "v128.load") return [...simd(0x00), ...memory(4)];
  if (name === "v128.store") return [...simd(0x0b), ...memory(4)];
  if (name === "i32.load") return [0x28, ...memory(2)];
  if (name === "i32.const") return [0x41, ...signed(Number(operand))];
  if (name === "f32.const")
    return [0x43, ...new Uint8Array(Float32Array.of(Number(operand)).buffer)];
  if (name === "f64.const")
    return [0x44, ...new Uint8Array(Float64Array.of(Number(operand)).buffer)];
  if (name === "loop") return [0x03, 0x40];
  // A loop only ever goes back to its own begin, when those inside have ended.
  if (name === "br_if") return [0x0d, 0x00];
  const code = plain[name];
  if (code === undefined) throw new SyntaxError(`unknown instruction: "${name}" (line ${number})`);
  return [...code];
}
