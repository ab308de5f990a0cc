/** A program as WebAssembly text: four float32 (or two float64) elements per instruction. */
import { tested } from "./conditions.ts";
import type { Assign, Expr } from "./parse.ts";
import { check } from "./scope.ts";
import { type Program, scalarsOf, straighten } from "./specialise.ts";

/** Vectors per turn of the loop, which hides how long a division takes. */
const UNROLL = 2;
const VECTOR_BYTES = 16;

/** Arrays must be readable and writable up to a multiple of this. */
export const BLOCK_BYTES = UNROLL * VECTOR_BYTES;

/** Bytes of a page as the processor knows it; WebAssembly's own are larger. */
const SYSTEM_PAGE = 4096;
/**
 * A processor fetches ahead of what is read, but not beyond the page of memory that it is in. So the
 * first number of a page to come is read in time, which costs little where the page is there already;
 * memory must be readable so far behind an array. What was measured is in bench/README.md.
 */
export const AHEAD_BYTES = 2.5 * SYSTEM_PAGE;
/** So few arrays are faster without. */
const FEW_ARRAYS = 2;

export interface WatFunction {
  /**
   * `(module ...)`; it imports a shared memory and exports `step(row, end, ...scalars)`, which works
   * on every row from one address to another. A row is a list of i32: how many bytes each array has,
   * and where each of them begins.
   */
  source: string;
  /** The arrays of a row, by PyTorch's name. */
  arrays: string[];
  scalars: string[];
}

/** What each operator of the language is on vectors; `L` stands for the lanes, f32x4 or f64x2. */
const instructions: Readonly<Record<string, readonly string[]>> = {
  "+": ["L.add"],
  "-": ["L.sub"],
  "*": ["L.mul"],
  "/": ["L.div"],
  neg: ["L.neg"],
  sqrt: ["L.sqrt"],
  abs: ["L.abs"],
  min: ["L.min"],
  max: ["L.max"],
  "==": ["L.eq"],
  "!=": ["L.ne"],
  "<": ["L.lt"],
  ">": ["L.gt"],
  "<=": ["L.le"],
  ">=": ["L.ge"],
  and: ["v128.and"],
  or: ["v128.or"],
  not: ["v128.not"],
  where: ["v128.bitselect"],
};

/**
 * Prints the loops of a program for given values of its conditions: over the parameters, and over the
 * elements of each. The elements beyond the last are padding: computed like the others, and never
 * read. A name with a dot is none of the text's own.
 *
 * @example
 * printWat(specialise(SGD.rule)).source.includes("f32x4.mul") // true
 */
export function printWat(
  program: Program,
  holds: (condition: string) => boolean = () => false,
): WatFunction {
  const { arrays, dtype } = program;
  const body = straighten(program.body, holds);
  const scalars = scalarsOf(body, check(program.rule).kinds);
  const used = arrays.filter(({ symbol, written }) => written || mentionsName(body, symbol));
  const lanes = dtype === "float32" ? "f32x4" : "f64x2";
  const symbols = new Set([...arrays.map(({ symbol }) => symbol), ...body.map(({ name }) => name)]);
  const head = [
    "(param $rows.begin i32)",
    "(param $rows.end i32)",
    ...scalars.map((name) => `(param $${name} ${lanes.slice(0, 3)})`),
    "(local $row.bytes i32)",
    "(local $row.i i32)",
    ...used.map(({ name }) => `(local $${name}.at i32)`),
    ...[...scalars, ...symbols].map((name) => `(local $${name}.v v128)`),
    ...scalars.flatMap((name) => [`local.get $${name}`, `${lanes}.splat`, `local.set $${name}.v`]),
  ];
  const row = ["$row.bytes", ...used.map(({ name }) => `$${name}.at`)].flatMap((name, place) => [
    "local.get $rows.begin",
    `i32.load${offset(place * 4)}`,
    `local.set ${name}`,
  ]);
  const address = (name: string) => [`local.get $${name}.at`, "local.get $row.i", "i32.add"];
  const distant = used.length > FEW_ARRAYS ? used : [];
  const ahead = distant.flatMap(({ name }) => [
    `;; ${name}, a page to come`,
    ...address(name),
    `i32.const ${AHEAD_BYTES}`,
    "i32.add",
    `i32.const ${-SYSTEM_PAGE}`,
    "i32.and",
    "i32.load",
    "drop",
  ]);
  const turn = Array.from({ length: UNROLL }, (_, step) => {
    const at = offset(step * VECTOR_BYTES);
    return [
      ...used.flatMap(({ name, symbol }) => [
        ...address(name),
        `v128.load${at}`,
        `local.set $${symbol}.v`,
      ]),
      ...body.flatMap(({ name, value }) => [
        ...push(tested(value, scalars), lanes),
        `local.set $${name}.v`,
      ]),
      ...used
        .filter(({ written }) => written)
        .flatMap(({ name, symbol }) => [
          ...address(name),
          `local.get $${symbol}.v`,
          `v128.store${at}`,
        ]),
    ];
  });
  const source = [
    "(module",
    '  (import "arena" "memory" (memory 1 65536 shared))',
    '  (func (export "step")',
    ...indent([...head, "loop $rows.next"], "    "),
    ...indent([...row, "i32.const 0", "local.set $row.i", "loop $row.next"], "      "),
    ...indent(
      [...ahead, ...turn.flat(), ...again("$row.i", BLOCK_BYTES, "$row.bytes", "$row.next")],
      "        ",
    ),
    ...indent(
      ["end", ...again("$rows.begin", 4 + 4 * used.length, "$rows.end", "$rows.next")],
      "      ",
    ),
    "    end))",
  ];
  return { source: source.join("\n"), arrays: used.map(({ name }) => name), scalars };
}

const offset = (bytes: number) => (bytes === 0 ? "" : ` offset=${bytes}`);
const indent = (lines: readonly string[], by: string) => lines.map((line) => by + line);

/** The end of a loop: a variable moves on, and as long as it is below another all is done again. */
function again(variable: string, by: number, limit: string, loop: string): string[] {
  return [
    `local.get ${variable}`,
    `i32.const ${by}`,
    "i32.add",
    `local.tee ${variable}`,
    `local.get ${limit}`,
    "i32.lt_u",
    `br_if ${loop}`,
  ];
}

function mentionsName(body: readonly Assign[], name: string): boolean {
  const inside = (expr: Expr): boolean =>
    expr.kind === "name" ? expr.name === name : expr.kind === "call" && expr.args.some(inside);
  return body.some(({ value }) => inside(value));
}

/** Instructions that leave the value of an expression on the stack. */
function push(expr: Expr, lanes: string): string[] {
  if (expr.kind === "name") return [`local.get $${expr.name}.v`];
  if (expr.kind === "number") return [`${lanes.slice(0, 3)}.const ${expr.value}`, `${lanes}.splat`];
  if (expr.op === "sign") {
    const one = [`${lanes.slice(0, 3)}.const 1`, `${lanes}.splat`];
    const zero = [`${lanes.slice(0, 3)}.const 0`, `${lanes}.splat`];
    const when = (op: string) => [...push(expr.args[0]!, lanes), ...zero, `${lanes}.${op}`, ...one];
    return [...when("gt"), "v128.and", ...when("lt"), "v128.and", `${lanes}.sub`];
  }
  // bitselect takes the condition last.
  const [first, ...rest] = expr.args;
  const args = expr.op === "where" ? [...rest, first!] : expr.args;
  const name = instructions[expr.op]!.map((text) => text.replace("L", lanes));
  return [...args.flatMap((arg) => push(arg, lanes)), ...name];
}
