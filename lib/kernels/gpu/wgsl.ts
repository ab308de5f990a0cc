/** A program as a WGSL compute shader that steps many parameters at once. */
import type { Dtype } from "../../autograd/index.ts";
import { tested } from "../conditions.ts";
import { printInfix, type Style } from "../infix.ts";
import { check } from "../scope.ts";
import { type Program, scalarsOf, straighten } from "../specialise.ts";
import { WORKGROUP } from "./blocks.ts";

export interface WgslShader {
  /** Bindings: the blocks, the rows of scalars (if there are any), then the arrays. */
  source: string;
  /** Arrays by PyTorch's name. */
  arrays: string[];
  /** Fields of a row of scalars, float32. */
  scalars: string[];
}

export function checkDtype(dtype: Dtype): void {
  if (dtype === "float32") return;
  throw new TypeError(`dtype: ${dtype}. A GPU computes in float32; use the device "wasm"`);
}

/**
 * What WGSL's own functions do with NaN is left open, so these say it: the larger and the smaller of
 * two numbers are NaN if one is, the sign of NaN is 0. NaN is known by its bits, since a compiler may
 * take it that no number is NaN.
 */
const helpers: Readonly<Record<string, string>> = {
  max: "fn max_of(a: f32, b: f32) -> f32 { return select(max(a, b), a + b, is_nan(a) || is_nan(b)); }",
  min: "fn min_of(a: f32, b: f32) -> f32 { return select(min(a, b), a + b, is_nan(a) || is_nan(b)); }",
  sign: "fn sign_of(a: f32) -> f32 { return select(sign(a), 0.0, is_nan(a)); }",
};
const IS_NAN =
  "fn is_nan(a: f32) -> bool { return (bitcast<u32>(a) & 0x7fffffffu) > 0x7f800000u; }";

const style: Style = {
  name: (symbol) => symbol,
  number: (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value)),
  spell: (op, { js = op }) => {
    if (Object.hasOwn(helpers, op)) return `${op}_of`;
    return op === "==" || op === "!=" ? op : js;
  },
  choose: (condition, a, b) => ({ text: `select(${b}, ${a}, ${condition})` }),
};

/**
 * Prints the loop of a float32 program as a shader, for given values of its conditions. Each
 * workgroup steps one block of a parameter, with the scalars in that parameter's row.
 *
 * @example
 * printWgsl(specialise(SGD.rule)).source.includes("theta_i = theta_i - scalars.lr_f32 * g_i;") // true
 */
export function printWgsl(
  program: Program,
  holds: (condition: string) => boolean = () => false,
): WgslShader {
  checkDtype(program.dtype);
  const { arrays } = program;
  const body = straighten(program.body, holds);
  const scalars = scalarsOf(body, check(program.rule).kinds);
  const elementOf = (symbol: string) => `${symbol}_i`;
  const element = new Set(arrays.map(({ symbol }) => symbol));
  const name = (symbol: string) => {
    if (scalars.includes(symbol)) return `scalars.${symbol}`;
    return element.has(symbol) ? elementOf(symbol) : symbol;
  };
  const declared = new Set(element);
  const statements = body.map(({ name: target, value }) => {
    const keyword = declared.has(target) ? "" : "var ";
    declared.add(target);
    return `${keyword}${name(target)} = ${printInfix(tested(value, scalars), { ...style, name })};`;
  });
  const storage = [
    ["read", "blocks", "Block"],
    ...(scalars.length > 0 ? [["read", "rows", "Scalars"]] : []),
    ...arrays.map(({ name: array, written }) => [written ? "read_write" : "read", array, "f32"]),
  ];
  const text = statements.join("\n");
  const called = Object.keys(helpers)
    .filter((op) => text.includes(`${op}_of(`))
    .map((op) => helpers[op]!);
  const lines = [
    "struct Block { start: u32, end: u32, row: u32 }",
    ...(scalars.length > 0
      ? [`struct Scalars { ${scalars.map((scalar) => `${scalar}: f32`).join(", ")} }`]
      : []),
    ...storage.map(
      ([access, array, type], i) =>
        `@group(0) @binding(${i}) var<storage, ${access}> ${array}: array<${type}>;`,
    ),
    ...(called.length > 0 ? ["", IS_NAN, ...called] : []),
    "",
    `@compute @workgroup_size(${WORKGROUP})`,
    "fn main(",
    "  @builtin(workgroup_id) group: vec3u,",
    "  @builtin(num_workgroups) groups: vec3u,",
    "  @builtin(local_invocation_index) thread: u32,",
    ") {",
    "  let number = group.x + group.y * groups.x;",
    "  if (number >= arrayLength(&blocks)) { return; }",
    "  let block = blocks[number];",
    ...(scalars.length > 0 ? ["  let scalars = rows[block.row];"] : []),
    `  for (var i = block.start + thread; i < block.end; i += ${WORKGROUP}u) {`,
    ...arrays.map(({ name: array, symbol }) => `    var ${elementOf(symbol)} = ${array}[i];`),
    ...statements.map((statement) => `    ${statement}`),
    ...arrays
      .filter(({ written }) => written)
      .map(({ name: array, symbol }) => `    ${array}[i] = ${elementOf(symbol)};`),
    "  }",
    "}",
  ];
  return { source: lines.join("\n"), arrays: arrays.map(({ name: array }) => array), scalars };
}
