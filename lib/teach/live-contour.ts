/** Contour lines for the live figure; runs in Node and, as its own text, in the page. */

/** Values on a grid of (columns + 1) × (rows + 1) points, row by row. */
export interface Grid {
  columns: number;
  rows: number;
  values: Float64Array;
}

interface Cut {
  key: string;
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
  const at = (i: number, j: number) =>
    i < 0 || j < 0 || i > columns || j > rows ? -Infinity : values[j * (columns + 1) + i]!;
  const pixels = (value: number, end: number) => Math.min(Math.max(value, 0), end) * size;
  const cut = ([i, j]: number[], [k, l]: number[]): Cut => {
    const [a, b] = [at(i!, j!), at(k!, l!)];
    const t = Number.isFinite(a) && Number.isFinite(b) ? (level - a) / (b - a) : 0.5;
    return {
      key: `${Math.min(i!, k!)},${Math.min(j!, l!)},${i === k ? "down" : "across"}`,
      x: pixels(i! + t * (k! - i!), columns),
      y: pixels(j! + t * (l! - j!), rows),
    };
  };

  const pieces = new Map<string, { from: Cut; to: string }>();
  for (let j = -1; j <= rows; j++) {
    for (let i = -1; i <= columns; i++) {
      const above = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)].map(
        (value) => value >= level,
      );
      if (above.every((side) => side === above[0])) continue;
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      const starts: Cut[] = [];
      const ends: Cut[] = [];
      for (let c = 0; c < 4; c++) {
        const d = (c + 1) % 4;
        if (above[c] !== above[d]) (above[c] ? starts : ends).push(cut(corners[c]!, corners[d]!));
      }
      starts.forEach((from, k) => pieces.set(from.key, { from, to: ends[k]!.key }));
    }
  }

  let path = "";
  for (const first of pieces.keys()) {
    let pen = "M";
    for (let key = first, piece = pieces.get(key); piece; piece = pieces.get(key)) {
      pieces.delete(key);
      path += `${pen}${piece.from.x.toFixed(1)},${piece.from.y.toFixed(1)}`;
      pen = "L";
      key = piece.to;
    }
    path += "Z";
  }
  return path;
}

/** Everything above that a page needs, by its own text. */
export const contourFunctions = [outline];
