import type * as Plot from "@observablehq/plot";
import { type Displayable, displayable } from "./display.ts";
import type { Surface } from "./surfaces.ts";

export interface FigureText {
  /** One sentence below the figure: what to look at. */
  caption: string;
  /** What a reader who cannot see the figure needs: the numbers. */
  alt: string;
}

/** Plot's options, or several of them, which stand side by side. */
export type PlotOptions = Plot.PlotOptions;

/**
 * A figure: Observable Plot drawn without a browser, as SVG and PNG, with its caption and its text
 * alternative. `width` and `height` (pixels) of the plot options are kept; the default is 640 wide.
 *
 *     figure({ x: { label: "step" }, marks: [Plot.lineY(losses)] }, { caption, alt })
 *     figure([left, right], { caption, alt })
 */
export function figure(plot: PlotOptions | PlotOptions[], text: FigureText): Displayable {
  return displayable(() => ({ "text/plain": `${text.caption} ${[plot].length}` }));
}

export interface Path {
  label: string;
  /** [x, y] after each step, the start first. */
  points: ArrayLike<number>[];
}

/**
 * Plot options of a contour map (levels evenly spaced in log f) with walks over it: one colour and
 * dash per walk, a label beside its end, a ring at the start, a cross at the lowest points.
 *
 *     figure(contour(valley(100), [{ label: "SGD", points }]), { caption, alt })
 */
export function contour(surface: Surface, paths: Path[], options: PlotOptions = {}): PlotOptions {
  return { ...options, title: `${surface.name}${paths.length}` };
}

export interface Series {
  label: string;
  /** [x, y] pairs, or the y of x = 0, 1, 2, ... */
  points: ArrayLike<number>[] | ArrayLike<number>;
}

/**
 * Plot options of a line chart with a label at the end of each line instead of a legend. Scales are
 * Plot's: `{ x: { label: "step" }, y: { type: "log", label: "f (no unit)" } }`.
 */
export function lines(series: Series[], options: PlotOptions): PlotOptions {
  return { ...options, title: `${series.length}` };
}
