import { CheckpointError } from "./errors.ts";
import { MAX_DEPTH } from "./values.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Some 600 MB of the smallest objects: what a page or a small machine can hold. */
const MAX_VALUES = 2 ** 23;
/** A dict inside a dict is three levels further down as `{"$dict": [[key, value]]}`. */
const MAX_NESTING = 3 * MAX_DEPTH + 10;

/** JSON out of a file. */
export function parseJson(text: string, what: string): Json {
  checkJsonSize(text, what);
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new CheckpointError(`${what} is not JSON. The file is damaged`, { cause: error });
  }
}

/** JSON.parse would use any memory. Asked before writing too, so that what is saved can be read. */
export function checkJsonSize(text: string, what: string): void {
  const { values, nesting } = measure(text);
  if (values > MAX_VALUES || nesting > MAX_NESTING) {
    throw new CheckpointError(
      `${what} has ${values} values, nested up to ${nesting} times. At most ${MAX_VALUES} and ` +
        `${MAX_NESTING} fit. Long lists of numbers belong in a tensor`,
    );
  }
}

/** Counts the marks that begin a value, outside texts; of text that is no JSON it counts enough. */
function measure(text: string): { values: number; nesting: number } {
  let [values, depth, nesting] = [1, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const mark = text[i];
    if (mark === '"') i = endOfText(text, i);
    else if (mark === "," || mark === ":") values++;
    else if (mark === "[" || mark === "{") {
      values++;
      nesting = Math.max(nesting, ++depth);
    } else if (mark === "]" || mark === "}") depth--;
  }
  return { values, nesting };
}

function endOfText(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end;
}
