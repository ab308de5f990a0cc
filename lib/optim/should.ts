import { repr, ValueError } from "./errors.ts";

/** Refuses an option as PyTorch's newer classes do: `Learning rate should be >= 0 but is: -1`. */
export function should(holds: boolean, what: string, value: unknown): void {
  if (!holds) throw new ValueError(`${what} but is: ${repr(value)}`);
}
