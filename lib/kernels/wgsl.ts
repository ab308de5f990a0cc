/** A program as a WGSL compute shader: one thread per element. */
import { printInfix, type Style } from "./infix.ts";
import { check } from "./scope.ts";
import { type Program, scalarsOf, straighten } from "./specialise.ts";

/** Threads that start together. */
export const WORKGROUP = 256;

export interface WgslShader {
  source: string;
  /** Arrays by PyTorch's name; the first is binding 1. */
  arrays: string[];
  /** Fields of binding 0, float32, after `n`. */
  scalars: string[];
}

const style: Style = {
  name: (symbol) => symbol,
  number: (value) => (Number.isInteger(value) ? value.toFixed(1) : String(value)),
  spell: (op, { js = op }) => js,
  choose: (condition, a, b) => ({ text: `select(${b}, ${a}, ${condition})` }),
};

/**
 * Prints the loop of a float32 program as a shader, for given values of its conditions.
 *
 * @example
 * printWgsl(specialise(SGD.rule)).source.includes("theta_i = theta_i - scalars.lr_f32 * g_i;") // true
 */
export function printWgsl(
  program: Program,
  holds: (condition: string) => boolean = () => false,
): WgslShader {
  if (program.dtype !== "float32") {
    throw new TypeError(
      `dtype: ${program.dtype}. A GPU computes in float32; use the device "wasm"`,
    );
  }
  const { arrays } = program;
  const body = straighten(program.body, holds);
  const scalars = scalarsOf(body, check(program.rule).kinds);
  const element = new Set(arrays.map(({ symbol }) => symbol));
  const name = (symbol: string) => {
    if (scalars.includes(symbol)) return `scalars.${symbol}`;
    return element.has(symbol) ? `${symbol}_i` : symbol;
  };
  const declared = new Set(element);
  const statements = body.map(({ name: target, value }) => {
    const keyword = declared.has(target) ? "" : "var ";
    declared.add(target);
    return `${keyword}${name(target)} = ${printInfix(value, { ...style, name })};`;
  });
  const bindings = arrays.map(({ name: array, written }, i) => {
    const access = written ? "read_write" : "read";
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${array}: array<f32>;`;
  });
  const lines = [
    `struct Scalars { n: u32, ${scalars.map((scalar) => `${scalar}: f32, `).join("")}}`,
    "@group(0) @binding(0) var<uniform> scalars: Scalars;",
    ...bindings,
    "",
    `@compute @workgroup_size(${WORKGROUP})`,
    "fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {",
    `  let i = id.x + id.y * groups.x * ${WORKGROUP}u;`,
    "  if (i >= scalars.n) { return; }",
    ...arrays.map(({ name: array, symbol }) => `  var ${symbol}_i = ${array}[i];`),
    ...statements.map((statement) => `  ${statement}`),
    ...arrays
      .filter(({ written }) => written)
      .map(({ name: array, symbol }) => `  ${array}[i] = ${symbol}_i;`),
    "}",
  ];
  return { source: lines.join("\n"), arrays: arrays.map(({ name: array }) => array), scalars };
}
