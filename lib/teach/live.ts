import type { Options } from "../kernels/index.ts";
import { book } from "./book.ts";
import { type Displayable, displayable } from "./display.ts";
import type { Optimizable } from "./formula.ts";
import { sceneCode } from "./live-code.ts";
import type { Surface } from "./surfaces.ts";

export interface Slider {
  min: number;
  max: number;
  /** Where the slider stands at first. */
  value: number;
  /** Spacing of the positions (on a log slider: in decades); by default some 200th of the range. */
  step?: number;
  /** Positions are evenly spaced in the logarithm. */
  log?: boolean;
  /** By default the name of what it moves. */
  label?: string;
}

export interface Walker {
  optimizer: Optimizable;
  /** Fixed hyper-parameters, as in `new SGD(params, options)`. */
  options?: Options;
}

/** What walks where. */
export interface SceneOptions {
  surface: Surface;
  /** One optimizer, or several by label, between which buttons choose. */
  walkers: Record<string, Walker>;
  /** By the name of a hyper-parameter (`lr`) or of a parameter of the surface (`kappa`). */
  sliders: Record<string, Slider>;
  /** By default the surface's own start; the reader can drag it. */
  start?: [number, number];
  steps: number;
  /** Arrived means: nearer than this to a lowest point. Default 1e-6. */
  goal?: number;
}

export interface LiveOptions extends SceneOptions {
  caption: string;
  /** Said of the still picture. */
  alt: string;
}

/**
 * The live figure: sliders that rerun the generated JavaScript of the optimizer's own rule in the
 * page and redraw the walk over the surface. Where scripts are removed, a still picture of the
 * sliders' first setting remains.
 *
 *     live({
 *       surface: valley(100),
 *       walkers: {
 *         SGD: { optimizer: SGD },
 *         Nesterov: { optimizer: SGD, options: { nesterov: true } },
 *       },
 *       sliders: {
 *         lr: { min: 0, max: 0.04, value: 0.02 },
 *         momentum: { min: 0, max: 0.99, value: 0.9 },
 *       },
 *       steps: 200, caption: say("live-caption"), alt: say("live-alt"),
 *     })
 */
export function live(options: LiveOptions): Displayable {
  const code = sceneCode(options);
  const { caption, alt } = options;
  const { lang } = book;
  return displayable(async () => {
    const { liveBundle } = await import("./live-view.ts");
    return liveBundle(code, { caption, alt }, lang);
  });
}
