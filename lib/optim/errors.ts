/** Python's exceptions, so that an error carries the name that PyTorch's has. */
export class ValueError extends Error {
  override name = "ValueError";
}
/** What PyTorch raises when an operation cannot be done, as a second backward. */
export class RuntimeError extends Error {
  override name = "RuntimeError";
}
/** A name that is not there, as in a state dict. */
export class KeyError extends Error {
  override name = "KeyError";
}
/** An index outside of what there is. */
export class IndexError extends Error {
  override name = "IndexError";
}
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** A value as Python prints it in these messages; a whole number as an int, which PyTorch's users write for one. */
export function repr(value: unknown): string {
  if (typeof value !== "number") return String(value);
  return Number.isSafeInteger(value) ? String(value) : float(value);
}

/** A number as Python prints a float: `1.0`, `1e-08`. */
export function float(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (size > 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/(?<=e[+-])(\d)$/, "0$1");
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** Refuses an option, in PyTorch's words: `Invalid learning rate: -1`. Where zero is refused, it is as `0.0`. */
export function refuse(condition: boolean, what: string, value: unknown): void {
  if (condition)
    throw new ValueError(`Invalid ${what}: ${value === 0 ? float(value) : repr(value)}`);
}
