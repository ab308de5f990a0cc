/** Which names a rule may use: those that no language it is printed in uses itself. */
import { functionNames } from "./operators.ts";
import type { Rule } from "./rule.ts";
import { unknown } from "./unknown.ts";

const split = (text: string) => text.trim().split(/\s+/);

/** Words of this language, of JavaScript, of WGSL, and of the loops that are printed. */
const reserved = new Set([
  ...functionNames,
  ...split(`
    if else and or not n i scalars Math fround pow sign arguments eval undefined NaN Infinity
    blocks rows block row Block Scalars id groups main select
    abstract as async await break case catch class const constructor continue debugger default
    delete do enum export extends false finally for from function get implements import in
    instanceof interface let new null of package private protected public return set static super
    switch this throw true try typeof var void while with yield
    alias const_assert continuing diagnostic discard enable fn loop override requires struct
    active alignas alignof asm asm_fragment attribute auto become binding_array cast co_await
    co_return co_yield coherent column_major common compile compile_fragment concept consteval
    constexpr constinit crate decltype demote demote_to_helper dynamic_cast explicit extern external
    fallthrough filter final friend fxgroup global goto groupshared highp impl inline layout lowp
    macro macro_rules match mediump meta mod module move mut mutable namespace nil noexcept noinline
    nointerpolation noperspective nullptr operator packoffset partition pass patch pixelfragment
    precise precision premerge priv pub readonly ref regardless register reinterpret_cast require
    resource restrict self shared sizeof smooth snorm static_assert static_cast std subroutine
    target template thread_local trait type typedef typeid typename union unless unorm unsafe unsized
    use using varying virtual volatile wgsl where workgroup writeonly
    hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf
    array atomic bool f16 f32 i32 u32 vec2 vec3 vec4 vec2u vec3u mat2x2 mat3x3 mat4x4 ptr sampler
  `),
]);

/** Refuses what is no identifier, or has a meaning in a language that the name would be printed in. */
export function checkName(kind: string, name: string, at = ""): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new SyntaxError(
      `${kind}: ${JSON.stringify(name)} is not a name${at}. Use letters, digits and _`,
    );
  }
  if (reserved.has(name) || name === "_" || name.startsWith("__")) {
    throw new SyntaxError(`${kind}: "${name}" is a reserved word${at}. Choose another name`);
  }
}

/** Refuses names of a rule that cannot be printed, or that stand for two things. */
export function checkNames({ name, defaults, parts = {}, state }: Rule): void {
  checkName("rule", name);
  const owners = new Map(["theta", "g", "first"].map((each) => [each, "given to every rule"]));
  const own = (kind: string, each: string) => {
    checkName(kind, each);
    const other = owners.get(each);
    if (other !== undefined) {
      throw new SyntaxError(`${kind}: "${each}" is already ${other}. Choose another name`);
    }
    owners.set(each, `the name of ${kind === "option" ? "an option" : "a state"}`);
  };
  Object.keys(defaults).forEach((option) => checkName("option", option));
  const options = Object.keys(defaults).flatMap((option) => parts[option] ?? [option]);
  for (const option of options) own("option", option);
  for (const [each, { symbol, start }] of Object.entries(state)) {
    checkName("state", each);
    own("state", symbol);
    if (typeof start === "string" && !options.includes(start)) {
      throw new SyntaxError(unknown("option", start, options, ` (start of ${each})`));
    }
  }
}

/** What the loops call things, which no name in the text may be. */
export function printedNames({ state }: Rule): Map<string, string> {
  const names = new Map<string, string>();
  const add = (name: string, what: string) => {
    const other = names.get(name);
    if (other !== undefined) {
      throw new SyntaxError(`name: "${name}" is ${other} and ${what}. Choose another name`);
    }
    names.set(name, what);
  };
  for (const symbol of ["theta", "g"]) add(`${symbol}_i`, `element i of ${symbol}`);
  for (const [name, { symbol, scalar }] of Object.entries(state)) {
    if (name !== symbol) add(name, `the array of the state ${name}`);
    if (!scalar) add(`${symbol}_i`, `element i of ${symbol}`);
    else if (name === symbol) add(`${name}_state`, `the cell of the state ${name}`);
  }
  return names;
}
