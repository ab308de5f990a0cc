/** Words that a name in WGSL must not be: https://www.w3.org/TR/WGSL/#keyword-summary and 15.2. */
const reserved = `
alias break case const const_assert continue continuing default diagnostic discard else enable false
fn for if let loop override requires return struct switch true var while

NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await become
binding_array cast catch class co_await co_return co_yield coherent column_major common compile
compile_fragment concept const_cast consteval constexpr constinit crate debugger decltype delete
demote demote_to_helper do dynamic_cast enum explicit export extends extern external fallthrough
filter final finally friend from fxgroup get goto groupshared highp impl implements import inline
instanceof interface layout lowp macro macro_rules match mediump meta mod module move mut mutable
namespace new nil noexcept noinline nointerpolation non_coherent noncoherent noperspective null
nullptr of operator package packoffset partial pass patch pixelfragment precise precision premerge
priv protected pub public readonly ref regardless register reinterpret_cast require resource restrict
self set shared sizeof smooth snorm static static_assert static_cast std subroutine super target
template this thread_local throw trait try type typedef typeid typename typeof union unless unorm
unsafe unsized use using varying virtual volatile wgsl where with writeonly yield
`;

/** Names that the printed kernels use themselves. */
const taken = `
Block Scalars abs array arrayLength bitcast block blocks bool f32 group groups i is_nan main max
max_of min min_of number rows scalars select sign sign_of sqrt thread u32 vec3u
`;

const unusable = new Set(`${reserved} ${taken}`.split(/\s+/));

/**
 * A name of the rule as WGSL can have it.
 *
 * @example
 * usable("denom") // "denom"
 * usable("final") // "final_"
 */
export function usable(name: string): string {
  return unusable.has(name) || name.startsWith("_") ? `${name.replace(/^_+/, "u_")}_` : name;
}
