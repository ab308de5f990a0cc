/** A place in a cell as the language server counts: both from 0, `character` in UTF-16 units. */
export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

/** Jupyter counts a cursor in code points from the start of the cell. */
export function utf16Offset(source: string, codePoints: number): number {
  let offset = 0;
  for (let i = 0; i < codePoints && offset < source.length; i++) {
    offset += source.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

export function codePointOffset(source: string, utf16: number): number {
  return [...source.slice(0, utf16)].length;
}

export function positionAt(source: string, utf16: number): Position {
  const before = source.slice(0, utf16).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length };
}

export function offsetAt(source: string, { line, character }: Position): number {
  const lines = source.split("\n").slice(0, line);
  return lines.reduce((sum, each) => sum + each.length + 1, 0) + character;
}

/** The name at a place, with the names before it: `N.Point`. */
export function pathAt(source: string, { line, character }: Position): string | undefined {
  const text = source.split("\n")[line] ?? "";
  const before = /[\p{ID_Continue}$.]*$/u.exec(text.slice(0, character))![0];
  const after = /^[\p{ID_Continue}$]*/u.exec(text.slice(character))![0];
  return before + after || undefined;
}

/** The beginning of a name in front of the cursor; undefined where a member of a value is meant. */
export function nameBefore(source: string, at: Position): string | undefined {
  const before = source.slice(0, offsetAt(source, at));
  const [, dot, name] = /((?<!\.\.)\.\s*)?([\p{ID_Continue}$]*)$/u.exec(before)!;
  return dot === undefined ? name : undefined;
}
