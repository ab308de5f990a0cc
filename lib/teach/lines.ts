import type { Chart, Plot, PlotOptions } from "./chart.ts";
import { directLabels, labelWidth } from "./labels.ts";
import { palette } from "./palette.ts";

export interface Series {
  label: string;
  /** [x, y] pairs, or the y of x = 0, 1, 2, ... */
  points: ArrayLike<number> | readonly ArrayLike<number>[];
}

/**
 * A line chart with a colour and a dash for each series and its label at the end of the line
 * instead of a legend. At most five series. Axes and everything else are Plot's:
 *
 *     lines([{ label: "SGD", points: losses }], {
 *       x: { label: "step" },
 *       y: { type: "log", label: "f (no unit)" },
 *     })
 *
 * Points that an axis cannot show (zero on a log axis, NaN), or that are missing, are gaps.
 */
export function lines(series: Series[], options: PlotOptions = {}): Chart {
  if (series.length > palette.colors.length) {
    throw new Error(`lines: ${series.length} series. At most five can be told apart`);
  }
  return (plot: Plot) => {
    const all = series.map(({ label, points }, i) => ({ label, i, points: pairs(label, points) }));
    const visible = ([x, y]: Pair) => fits(x, options.x?.type) && fits(y, options.y?.type);
    const ends = all.flatMap(({ label, i, points }) => {
      const last = points.findLast(visible);
      return last ? [{ label, color: palette.colors[i]!, x: last[0], y: last[1] }] : [];
    });
    return {
      marginRight: 24 + Math.max(0, ...series.map(({ label }) => labelWidth(label))),
      grid: true,
      ...options,
      marks: [
        ...all.map(({ i, points }) =>
          plot.line(
            points.map((pair) => (visible(pair) ? pair : [pair[0], NaN])),
            {
              stroke: palette.colors[i]!,
              strokeDasharray: palette.dashes[i]!,
              strokeWidth: 2,
              clip: true,
            },
          ),
        ),
        directLabels(plot, ends),
        ...(options.marks ?? []),
      ],
    };
  };
}

type Pair = [number, number];

function pairs(label: string, points: Series["points"]): Pair[] {
  if (typeof points !== "object" || points === null) {
    throw new TypeError(`points of "${label}": ${points}. Give a list of numbers, or of pairs`);
  }
  return Array.from(points as ArrayLike<unknown>, (point, i): Pair => {
    if (typeof point === "number" || point == null) return [i, point ?? NaN];
    if (typeof point !== "object") {
      throw new TypeError(`point ${i} of "${label}": ${String(point)}. Give a number, or a pair`);
    }
    const { 0: x = NaN, 1: y = NaN } = point as ArrayLike<number>;
    return [x, y];
  });
}

function fits(value: number, type: string | null | undefined): boolean {
  return Number.isFinite(value) && (type !== "log" || value > 0);
}
