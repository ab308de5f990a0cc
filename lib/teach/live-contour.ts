/** Contour lines for the live figure; runs in Node and, as its own text, in the page. */

/** Values on a grid of (columns + 1) × (rows + 1) points, row by row. */
export interface Grid {
  columns: number;
  rows: number;
  values: Float64Array;
}

interface Cut {
  key: number;
  x: number;
  y: number;
}

/**
 * Outlines the region where the grid is at least `level`, as the `d` of an SVG path; the grid's
 * cells are `size` pixels wide and high. Marching squares: through every cell that is part above
 * and part below goes a straight piece, with "above" on its left, and pieces meet at the edges.
 */
export function outline({ columns, rows, values }: Grid, level: number, size: number): string {
  // A frame of "below" around the grid closes every outline.
  const width = columns + 3;
  const above = new Uint8Array(width * (rows + 3));
  for (let j = 0; j <= rows; j++) {
    for (let i = 0; i <= columns; i++) {
      above[(j + 1) * width + i + 1] = values[j * (columns + 1) + i]! >= level ? 1 : 0;
    }
  }
  const at = (i: number, j: number) =>
    i < 0 || j < 0 || i > columns || j > rows ? -Infinity : values[j * (columns + 1) + i]!;
  const pixels = (value: number, end: number) => Math.min(Math.max(value, 0), end) * size;
  const cut = (i: number, j: number, k: number, l: number): Cut => {
    const [a, b] = [at(i, j), at(k, l)];
    const t = Number.isFinite(a) && Number.isFinite(b) ? (level - a) / (b - a) : 0.5;
    return {
      // Every edge has its number: two for each point, right of it and below it.
      key: ((Math.min(j, l) + 1) * width + Math.min(i, k) + 1) * 2 + (i === k ? 1 : 0),
      x: pixels(i + t * (k - i), columns),
      y: pixels(j + t * (l - j), rows),
    };
  };

  const pieces = new Map<number, { from: Cut; to: number }>();
  for (let j = -1; j <= rows; j++) {
    for (let i = -1; i <= columns; i++) {
      const k = (j + 1) * width + i + 1;
      const [a, b, c, d] = [above[k]!, above[k + 1]!, above[k + width + 1]!, above[k + width]!];
      if (a === b && b === c && c === d) continue;
      const starts: Cut[] = [];
      const ends: Cut[] = [];
      if (a !== b) (a ? starts : ends).push(cut(i, j, i + 1, j));
      if (b !== c) (b ? starts : ends).push(cut(i + 1, j, i + 1, j + 1));
      if (c !== d) (c ? starts : ends).push(cut(i + 1, j + 1, i, j + 1));
      if (d !== a) (d ? starts : ends).push(cut(i, j + 1, i, j));
      starts.forEach((from, n) => pieces.set(from.key, { from, to: ends[n]!.key }));
    }
  }

  let path = "";
  for (const first of pieces.keys()) {
    let pen = "M";
    for (let key = first, piece = pieces.get(key); piece; piece = pieces.get(key)) {
      pieces.delete(key);
      path += `${pen}${Math.round(piece.from.x * 10) / 10},${Math.round(piece.from.y * 10) / 10}`;
      pen = "L";
      key = piece.to;
    }
    path += "Z";
  }
  return path;
}

/** Everything above that a page needs, by its own text. */
export const contourFunctions = [outline];
