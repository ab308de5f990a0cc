import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { Cell } from "./transform.ts";

/** A place in a cell's own TypeScript; `line` from 1, `column` from 0. */
export interface Position {
  line: number;
  column: number;
}

/** The cells that have run, by script name, and the way from their scripts back to them. */
export class Positions {
  readonly #cells = new Map<string, Cell>();
  readonly #maps = new Map<string, TraceMap[]>();

  add(cell: Cell): void {
    this.#cells.set(cell.name, cell);
    this.#maps.delete(cell.name);
  }

  has(name: string): boolean {
    return this.#cells.has(name);
  }

  source(name: string): string | undefined {
    return this.#cells.get(name)?.source;
  }

  /** Where a position of the script stood in the cell, if it came from there at all. */
  original(name: string, at: Position): Position | undefined {
    const cell = this.#cells.get(name);
    if (cell === undefined) return undefined;
    let maps = this.#maps.get(name);
    if (maps === undefined) {
      maps = cell.maps.map((map) => new TraceMap(map));
      this.#maps.set(name, maps);
    }
    let position: Position | undefined = at;
    for (const map of maps) {
      const { line, column } = originalPositionFor(map, position);
      if (line === null || column === null) return undefined;
      position = { line, column };
    }
    return position;
  }
}
