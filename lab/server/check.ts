import { HttpError } from "./http.ts";

/** Plain data from a request's body, checked where it is used. */
export type Fields = Record<string, unknown>;

/** The value as an object, or 400. */
export function fields(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new HttpError(400, `${what}: ${JSON.stringify(value) ?? "none"}. A JSON object is needed.`);
}

/** A string field, `undefined` where it is absent or null, 400 where it is anything else. */
export function optionalString(object: Fields, name: string): string | undefined {
  const value = object[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new HttpError(400, `${name}: ${JSON.stringify(value)}. A string is needed.`);
}

export function requiredString(object: Fields, name: string): string {
  const value = optionalString(object, name);
  if (value !== undefined) return value;
  throw new HttpError(400, `${name}: none. A string is needed.`);
}
