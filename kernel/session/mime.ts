import { inspect, types } from "node:util";
import process from "node:process";
import { tableOf } from "./table.ts";
import type { JsonObject } from "../protocol/messages.ts";

export type Bundle = JsonObject;

/** Deno's protocol: a value with this method says itself how it is shown. */
export const DISPLAY = Symbol.for("Jupyter.display");

/** A longer text is cut, with a word about what was left out. */
const MAX_TEXT = 100_000;

/** How a value is shown: a MIME bundle, or a promise of one if the value says so. */
export function toBundle(value: unknown): Bundle | Promise<Bundle> {
  const method = member(value, DISPLAY);
  if (typeof method === "function") {
    return whenReady((method as () => unknown).call(value), (bundle) => ownBundle(bundle, value));
  }
  return ownBundle(elementBundle(value), value);
}

function ownBundle(bundle: unknown, value: unknown): Bundle {
  if (typeof bundle !== "object" || bundle === null) return { "text/plain": plain(value) };
  return bundle as Bundle;
}

/** Objects that know their HTML or SVG, records, DOM elements. */
function elementBundle(value: unknown): Bundle | undefined {
  for (const [name, mime] of [
    ["toSVG", "image/svg+xml"],
    ["toHTML", "text/html"],
  ] as const) {
    const method = member(value, name);
    if (typeof method !== "function") continue;
    const text: unknown = (method as () => unknown).call(value);
    if (typeof text === "string") return { [mime]: text, "text/plain": plain(value) };
  }
  const table = tableOf(value);
  if (table !== undefined) return { "text/html": table, "text/plain": plain(value) };
  const html = member(value, "outerHTML");
  if (typeof html !== "string") return undefined;
  const mime = /^<svg[\s>]/i.test(html) ? "image/svg+xml" : "text/html";
  return { [mime]: html, "text/plain": `<${String(member(value, "localName"))}>` };
}

/** Text as Node's REPL shows it; composite values in colour, numbers and strings plain. */
export function plain(value: unknown): string {
  const composite = (typeof value === "object" && value !== null) || typeof value === "function";
  const colors = composite && process.env.NO_COLOR === undefined;
  let text: string;
  try {
    text = inspect(value, { colors, depth: 4, maxArrayLength: 100, maxStringLength: 10_000 });
  } catch (error) {
    text = `[${types.isProxy(value) ? "Proxy" : typeof value} that cannot be shown: ${error}]`;
  }
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT)}\n... ${text.length - MAX_TEXT} more characters`;
}

/** A property of anything; a getter that throws counts as absent. */
function member(value: unknown, key: string | symbol): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
  if (types.isProxy(value)) return;
  try {
    return (value as Record<string | symbol, unknown>)[key];
  } catch {
    return;
  }
}

export function whenReady<T, R>(value: T | Promise<T>, use: (ready: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
