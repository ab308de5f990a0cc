/** Which names a rule may use: those that no language it is printed in uses itself. */
import { functionNames } from "./operators.ts";
import type { Rule } from "./rule.ts";
import { unknown } from "./unknown.ts";

/** Words of this language, and of the loops that are printed. */
const ours = `
    and or not
    n i id scalars rows row blocks block group groups thread number Block Scalars main is_nan
    max_of min_of sign_of
`;

/** https://www.w3.org/TR/WGSL/#keyword-summary and 15.2, and what is called in the shaders. */
const wgsl = `
    abstract active alias alignas alignof as asm asm_fragment async attribute auto await become
    binding_array break case cast catch class co_await co_return co_yield coherent column_major
    common compile compile_fragment concept const const_assert const_cast consteval constexpr
    constinit continue continuing crate debugger decltype default delete demote demote_to_helper
    diagnostic discard do dynamic_cast else enable enum explicit export extends extern external
    fallthrough false filter final finally fn for friend from fxgroup get goto groupshared highp
    if impl implements import inline instanceof interface layout let loop lowp macro macro_rules
    match mediump meta mod module move mut mutable namespace new nil noexcept noinline
    nointerpolation non_coherent noncoherent noperspective null NULL nullptr of operator
    override package packoffset partial pass patch pixelfragment precise precision premerge priv
    protected pub public readonly ref regardless register reinterpret_cast require requires
    resource restrict return Self self set shared sizeof smooth snorm static static_assert
    static_cast std struct subroutine super switch target template this thread_local throw trait
    true try type typedef typeid typename typeof union unless unorm unsafe unsized use using var
    varying virtual volatile wgsl where while with writeonly yield
    array arrayLength atomic bitcast bool f16 f32 i32 mat2x2 mat3x3 mat4x4 ptr sampler select
    u32 vec2 vec2u vec3 vec3u vec4
`;

/** What JavaScript has beyond them. */
const javascript = `
    arguments constructor eval fround function hasOwnProperty in Infinity isPrototypeOf Math NaN
    pow private propertyIsEnumerable sign toLocaleString toString undefined valueOf void
`;

const reserved = new Set([...functionNames, ...`${ours}${wgsl}${javascript}`.split(/\s+/)]);

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
