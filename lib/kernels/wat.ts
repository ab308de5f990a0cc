/** A program as WebAssembly text: four float32 (or two float64) elements per instruction. */
import type { Assign, Expr } from "./parse.ts";
import { check } from "./scope.ts";
import { type Program, scalarsOf, straighten } from "./specialise.ts";

/** Vectors per turn of the loop, which hides how long a division takes. */
const UNROLL = 2;
const VECTOR_BYTES = 16;

/** Arrays must be readable and writable up to a multiple of this. */
export const BLOCK_BYTES = UNROLL * VECTOR_BYTES;

export interface WatFunction {
  /** `(module ...)`; it imports a shared memory and exports `step`. */
  source: string;
  /** The arguments after the number of bytes: arrays by PyTorch's name, whose addresses are passed. */
  arrays: string[];
  /** The arguments after these. */
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
 * Prints the loop of a program for given values of its conditions. The elements beyond the last are
 * padding: computed like the others, and never read.
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
  const pointers = used.map(({ name }) => `${name}_at`);
  const lanes = dtype === "float32" ? "f32x4" : "f64x2";
  const scalarType = lanes.slice(0, 3);
  const declared = [
    "(param $bytes i32)",
    ...pointers.map((name) => `(param $${name} i32)`),
    ...scalars.map((name) => `(param $${name} ${scalarType})`),
  ];
  const symbols = new Set([...arrays.map(({ symbol }) => symbol), ...body.map(({ name }) => name)]);
  const locals = [
    "(local $i i32)",
    ...scalars.map((name) => `(local $${name}_v v128)`),
    ...[...symbols].map((name) => `(local $${name}_v v128)`),
  ];
  const splats = scalars.flatMap((name) => [
    `local.get $${name}`,
    `${lanes}.splat`,
    `local.set $${name}_v`,
  ]);
  const turn = Array.from({ length: UNROLL }, (_, step) => {
    const offset = step === 0 ? "" : ` offset=${step * VECTOR_BYTES}`;
    const address = (name: string) => [`local.get $${name}_at`, "local.get $i", "i32.add"];
    return [
      ...used.flatMap(({ name, symbol }) => [
        ...address(name),
        `v128.load${offset}`,
        `local.set $${symbol}_v`,
      ]),
      ...body.flatMap(({ name, value }) => [...push(value, lanes), `local.set $${name}_v`]),
      ...used
        .filter(({ written }) => written)
        .flatMap(({ name, symbol }) => [
          ...address(name),
          `local.get $${symbol}_v`,
          `v128.store${offset}`,
        ]),
    ];
  });
  const loop = [
    ...turn.flat(),
    "local.get $i",
    `i32.const ${BLOCK_BYTES}`,
    "i32.add",
    "local.tee $i",
    "local.get $bytes",
    "i32.lt_u",
    "br_if $next",
  ];
  const indent = (lines: readonly string[], by: string) => lines.map((line) => by + line);
  const source = [
    "(module",
    '  (import "arena" "memory" (memory 1 65536 shared))',
    '  (func (export "step")',
    ...indent([...declared, ...locals, ...splats, "loop $next"], "    "),
    ...indent(loop, "      "),
    "    end))",
  ];
  return { source: source.join("\n"), arrays: used.map(({ name }) => name), scalars };
}

function mentionsName(body: readonly Assign[], name: string): boolean {
  const inside = (expr: Expr): boolean =>
    expr.kind === "name" ? expr.name === name : expr.kind === "call" && expr.args.some(inside);
  return body.some(({ value }) => inside(value));
}

/** Instructions that leave the value of an expression on the stack. */
function push(expr: Expr, lanes: string): string[] {
  if (expr.kind === "name") return [`local.get $${expr.name}_v`];
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
