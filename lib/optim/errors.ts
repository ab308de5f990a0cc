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

/** A value as Python prints it in these messages. */
export function repr(value: unknown): string {
  if (typeof value !== "number") return String(value);
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
}

/** Refuses an option, in PyTorch's words: `Invalid learning rate: -1`. */
export function refuse(condition: boolean, what: string, value: unknown): void {
  if (condition) throw new ValueError(`Invalid ${what}: ${repr(value)}`);
}
