/** White space and comments before the first token of a cell. */
const LEADING = /^(?:\s|\/\/.*|\/\*[^]*?\*\/)*/;

/**
 * A cell that opens with a comment `@module shapes` is the file `./shapes.ts` for all cells, as in
 * tslab; with `@jsx` as well, `./shapes.tsx`. Undefined for any other cell.
 */
export function moduleFile(source: string): string | undefined {
  for (const [comment] of LEADING.exec(source)![0].matchAll(/\/\*\*[^]*?\*\//g)) {
    const name = tag(comment, "module")?.trim();
    if (name !== undefined && /^\w+$/.test(name)) {
      return `${name}.${tag(comment, "jsx") === undefined ? "ts" : "tsx"}`;
    }
  }
  return undefined;
}

/** What follows `@name` in its line. */
function tag(comment: string, name: string): string | undefined {
  return new RegExp(`^(?:/\\*\\*|\\s*\\*)?\\s*@${name}\\b(.*?)(?:\\*/|$)`, "m").exec(comment)?.[1];
}
