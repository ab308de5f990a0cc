/** The map of a live figure as SVG text; runs in Node and, as its own text, in the page. */
import { type Grid, outline } from "./live-contour.ts";
import { type Numbers, type Scene, surfaceParameters, type Walk } from "./live-walk.ts";

/** Pixels: the whole drawing, the map in it and the losses beside the map. */
export function layout() {
  return {
    width: 760,
    height: 434,
    map: { left: 56, top: 32, width: 400, height: 352 },
    losses: { left: 532, top: 32, width: 210, height: 352 },
  };
}

/** A number of pixels in SVG; what lies far outside stays a number that SVG can read. */
export function px(value: number): string {
  return String(Math.round(Math.min(Math.max(value, -1e5), 1e5) * 10) / 10);
}

/** Round values inside an interval, some five of them. */
export function roundTicks(from: number, to: number): number[] {
  const rough = (to - from) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++) ticks.push(+(k * step).toPrecision(6));
  return ticks;
}

/** From the surface to the pixels of the map, and back. */
export function mapScale(scene: Scene) {
  const { width, height } = layout().map;
  const { x, y } = scene.surface.box;
  return {
    x: (value: number) => ((value - x[0]) / (x[1] - x[0])) * width,
    y: (value: number) => ((y[1] - value) / (y[1] - y[0])) * height,
    unX: (pixel: number) => x[0] + (pixel / width) * (x[1] - x[0]),
    unY: (pixel: number) => y[1] - (pixel / height) * (y[1] - y[0]),
  };
}

/** Where a point of a walk is on the map; on a curve its height is the loss. */
export function onMap(scene: Scene, values: Numbers, [x, y]: [number, number]): [number, number] {
  const { surface } = scene;
  const p = surfaceParameters(surface, values);
  const scale = mapScale(scene);
  return [scale.x(x), scale.y(surface.dimensions === 1 ? surface.value(x, 0, p) : y)];
}

/** A polyline through pixels. */
export function polyline(points: [number, number][]): string {
  return points.map(([x, y], k) => `${k > 0 ? "L" : "M"}${px(x)},${px(y)}`).join("");
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export function frame({ left, top, width, height }: Box): string {
  return `<rect x="${left}" y="${top}" width="${width}" height="${height}" class="box"/>`;
}

/** An inner drawing that shows nothing outside its own box. */
export function inset({ left, top, width, height }: Box, content: string): string {
  return `<svg x="${left}" y="${top}" width="${width}" height="${height}">${content}</svg>`;
}

/** What stands beside the axes. */
export type AxisNames = Record<"x" | "y" | "f" | "loss" | "step", string>;

/** What no walk changes: the ground, the axes and the lowest points. */
export function drawGround(scene: Scene, values: Numbers, axes: AxisNames): string {
  const { surface } = scene;
  const { map } = layout();
  const scale = mapScale(scene);
  const bottom = map.top + map.height;
  const label = (value: number) => String(value).replace("-", "−");
  const text = (x: number, y: number, words: string, more = "") =>
    `<text x="${px(x)}" y="${px(y)}"${more}>${words}</text>`;
  const crosses = surface.minima.map((place) => {
    const [x, y] = onMap(scene, values, place).map(px);
    return `<path d="M-4,-4L4,4M-4,4L4,-4" transform="translate(${x},${y})" class="ink"/>`;
  });
  const ground = surface.dimensions === 1 ? drawCurve(scene, values) : drawBands(scene, values);
  return [
    inset(map, ground + crosses.join("")),
    ...roundTicks(...surface.box.x).map((x) => text(map.left + scale.x(x), bottom + 18, label(x))),
    ...roundTicks(...surface.box.y).map((y) =>
      text(map.left - 8, map.top + scale.y(y) + 4, label(y), ' class="end"'),
    ),
    text(map.left + map.width / 2, bottom + 38, `${axes.x} →`),
    text(4, map.top - 16, `↑ ${surface.dimensions === 1 ? axes.f : axes.y}`, ' class="begin"'),
    frame(map),
  ].join("");
}

function drawCurve(scene: Scene, values: Numbers): string {
  const [from, to] = scene.surface.box.x;
  const points = Array.from({ length: 201 }, (_, k) =>
    onMap(scene, values, [from + (k / 200) * (to - from), 0]),
  );
  return `<path d="${polyline(points)}" class="ground"/>`;
}

/** Bands whose borders are evenly spaced in the logarithm, the valley floor the darkest. */
function drawBands(scene: Scene, values: Numbers): string {
  const { surface } = scene;
  const { width, height } = layout().map;
  const scale = mapScale(scene);
  const p = surfaceParameters(surface, values);
  const lowest = Math.min(...surface.minima.map(([x, y]) => surface.value(x, y, p)));
  const size = 4;
  const [columns, rows] = [width / size, height / size];
  const grid: Grid = { columns, rows, values: new Float64Array((columns + 1) * (rows + 1)) };
  for (let k = 0; k < grid.values.length; k++) {
    const x = scale.unX((k % (columns + 1)) * size);
    const y = scale.unY(Math.floor(k / (columns + 1)) * size);
    // Between two samples a root is nearly straight, a logarithm is not.
    grid.values[k] = Math.sqrt(Math.max(surface.value(x, y, p) - lowest, 0));
  }
  const top = grid.values.reduce((a, b) => Math.max(a, b));
  const floor = `<rect width="${width}" height="${height}" fill="rgb(188,216,230)"/>`;
  return Array.from({ length: 12 }, (_, k) => {
    const lightness = (k + 1) / 12;
    const color = [188, 216, 230].map((c) => Math.round(c + (255 - c) * lightness)).join();
    const d = outline(grid, top * 10 ** ((k - 12) / 6), size);
    return `<path d="${d}" fill="rgb(${color})" class="line"/>`;
  }).reduce((all, band) => all + band, floor);
}

/**
 * The walks on the map as far as a step, each with a dot per step unless there are many, and where
 * they are by then.
 */
export function drawWalks(
  scene: Scene,
  walks: (Walk | null)[],
  values: Numbers,
  last: number,
): string {
  const drawn = walks.map((walk, i) => {
    if (walk === null) return "";
    const { color, dash } = scene.walkers[i]!;
    const points = walk.points.slice(0, last + 1).map((point) => onMap(scene, values, point));
    const dots = points.map(([x, y]) => `M${px(x)},${px(y)}h0`).join("");
    const [x, y] = points[points.length - 1]!.map(px);
    return (
      `<path d="${polyline(points)}" class="walk" stroke="${color}" stroke-dasharray="${dash}"/>` +
      (points.length <= 401 ? `<path d="${dots}" class="dots" stroke="${color}"/>` : "") +
      `<circle cx="${x}" cy="${y}" r="5.5" fill="${color}" stroke="white" stroke-width="1.5"/>`
    );
  });
  return inset(layout().map, drawn.join(""));
}

/** Everything above that a page needs, by its own text. */
export const mapFunctions = [
  layout,
  px,
  roundTicks,
  mapScale,
  onMap,
  polyline,
  frame,
  inset,
  drawGround,
  drawCurve,
  drawBands,
  drawWalks,
];
