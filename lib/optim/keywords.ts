import { unknown } from "../kernels/index.ts";

/** Stands in the place of a default where an option must be given. */
export const required = Symbol("required");

/**
 * The options of a call, as Python's keyword arguments: what is absent comes from `defaults`. An
 * option that does not exist, and a required one that is missing, are errors; the first carries the
 * `defaults`, for whoever lists what there is.
 *
 * @example
 * keywords({ gamma: 0.5 }, { step_size: 30, gamma: 0.1 }) // { step_size: 30, gamma: 0.5 }
 */
export function keywords<T extends object>(
  given: object | undefined,
  defaults: { [K in keyof T]: T[K] | typeof required },
): T {
  const known = Object.keys(defaults);
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  const odd = entries.find(([name]) => !known.includes(name));
  if (odd !== undefined)
    throw Object.assign(new TypeError(unknown("option", odd[0], known)), { defaults });
  const all = { ...defaults, ...Object.fromEntries(entries) };
  const missing = known.find((name) => all[name as keyof T] === required);
  if (missing === undefined) return all as T;
  throw new TypeError(
    `missing option: ${missing}. It has no default. Options: ${known.join(", ")}`,
  );
}
