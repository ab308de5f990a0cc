import { book } from "./book.ts";
import type { Chart, Plot, PlotOptions } from "./chart.ts";
import { directLabels } from "./labels.ts";
import { palette } from "./palette.ts";
import type { Surface } from "./surfaces.ts";
import { words } from "./words.ts";

export interface Path {
  label: string;
  /** [x, y] after each step, the start first. */
  points: readonly ArrayLike<number>[];
  /** A dot on every so many steps. By default on each, and on none of more than 100. */
  every?: number;
}

/** How far down the levels go from the highest corner of the map. */
const DECADES = 4;

type Point = readonly [number, number];

/**
 * A contour map of a landscape, its levels evenly spaced in the logarithm, with walks over it: a
 * colour and a dash for each, a dot per step, its label at its end, a ring at the start and a cross
 * at the lowest points. At most five walks.
 *
 *     figure(contour(valley(100), [{ label: "SGD", points }]), { caption, alt })
 */
export function contour(surface: Surface, paths: Path[] = [], options: PlotOptions = {}): Chart {
  if (surface.dimensions !== 2) throw new Error(`surface: ${surface.name} is a curve, use lines`);
  if (paths.length > palette.colors.length) {
    throw new Error(`contour: ${paths.length} walks. At most five can be told apart`);
  }
  const { axes } = words[book.lang].live;
  const { x, y } = surface.box;
  const lowest = Math.min(...surface.minima.map(([a, b]) => surface.value(a, b)));
  const height = (a: number, b: number) => Math.log10(surface.value(a, b) - lowest);
  const top = Math.max(...x.flatMap((a) => y.map((b) => height(a, b))));
  const floor = top - DECADES;
  const inside = ([a, b]: Point) => a >= x[0] && a <= x[1] && b >= y[0] && b <= y[1];
  const all = paths.map((path, i) => ({
    label: path.label,
    color: palette.colors[i]!,
    dash: palette.dashes[i]!,
    every: path.every ?? (path.points.length > 101 ? Infinity : 1),
    points: near(path.points, surface),
  }));
  return (plot: Plot) => ({
    width: 520,
    height: 480,
    grid: false,
    ...options,
    x: { label: axes.x, domain: x, ...options.x },
    y: { label: axes.y, domain: y, ...options.y },
    color: { type: "linear", range: ["#bcd8e6", "#ffffff"], domain: [floor, top] },
    marks: [
      plot.contour({
        x1: x[0],
        x2: x[1],
        y1: y[0],
        y2: y[1],
        fill: (a: number, b: number) => Math.max(floor, height(a, b)),
        thresholds: Array.from({ length: 3 * DECADES + 1 }, (_, k) => floor + k / 3),
        stroke: "#8fa9b8",
        strokeWidth: 0.6,
        pixelSize: 4,
      }),
      plot.dot(surface.minima, { symbol: "times", r: 5, stroke: "#24292f", strokeWidth: 2 }),
      ...all.flatMap(({ points, color, dash, every }) => [
        plot.line(points, {
          stroke: color,
          strokeWidth: 1.8,
          strokeDasharray: dash,
          clip: true,
        }),
        plot.dot(
          points.filter((_, step) => step % every === 0),
          { fill: color, r: 2.2, clip: true },
        ),
        plot.dot(points.slice(0, 1), { stroke: color, r: 5, strokeWidth: 2, fill: "white" }),
        plot.dot(points.slice(-1).filter(inside), { fill: color, r: 4, stroke: "white" }),
      ]),
      directLabels(
        plot,
        all.flatMap(({ label, color, points }) => {
          const end = points.findLast(inside);
          return end ? [{ label, color, x: end[0], y: end[1] }] : [];
        }),
      ),
      plot.frame({ stroke: "#8fa9b8" }),
      ...(options.marks ?? []),
    ],
  });
}

/** A walk that explodes is drawn until it has left the map far behind. */
function near(points: Path["points"], { box }: Surface): Point[] {
  const far = 20 * Math.max(box.x[1] - box.x[0], box.y[1] - box.y[0]);
  const all = Array.from(points, (point): Point => [point[0] ?? NaN, point[1] ?? NaN]);
  const gone = all.findIndex(([a, b]) => !(Math.abs(a) < far && Math.abs(b) < far));
  return gone < 0 ? all : all.slice(0, gone);
}
