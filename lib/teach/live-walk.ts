/**
 * Walking a scene. The functions of this file run in Node for the still picture and, as their own
 * text, in the page: they use nothing but each other, their arguments and the language.
 */
import { gauss, rng } from "../autograd/index.ts";

export type Numbers = Record<string, number>;

/** A surface as the page has it; `p` holds its parameters, `noise` draws standard normals. */
export interface SceneSurface {
  dimensions: 1 | 2;
  parameters: Numbers;
  value(x: number, y: number, p: Numbers): number;
  gradient(x: number, y: number, p: Numbers, noise: () => number): [number, number];
  box: { x: [number, number]; y: [number, number] };
  minima: [number, number][];
}

export interface SceneWalker {
  label: string;
  color: string;
  dash: string;
  /** The loop that was printed from the optimizer's rule. */
  step: (n: number, ...values: unknown[]) => void;
  /** What it takes after n: the names of `arrays`, then of `cells`, then of `inputs`. */
  arrays: string[];
  cells: string[];
  inputs: string[];
  /** What states start from: a number, or the name of an option. */
  starts: Record<string, number | string>;
  /** Hyper-parameters that no slider moves. */
  settings: Record<string, number | boolean>;
}

export interface SceneSlider {
  name: string;
  label: string;
  min: number;
  max: number;
  value: number;
  step: number;
  log: boolean;
}

export interface Scene {
  surface: SceneSurface;
  walkers: SceneWalker[];
  sliders: SceneSlider[];
  start: [number, number];
  steps: number;
  goal: number;
}

export type Style = "arrive" | "crawl" | "ring" | "explode";

export interface Walk {
  /** [x, y] after each step, the start first. */
  points: [number, number][];
  /** How far above the lowest point each of them is. */
  losses: number[];
  /** The first step that is nearer than the goal to a lowest point. */
  arrived: number | null;
  style: Style;
}

/** The surface's parameters, as the sliders have them. */
export function surfaceParameters(surface: SceneSurface, values: Numbers): Numbers {
  const own = Object.keys(surface.parameters).map((name) => [
    name,
    values[name] ?? surface.parameters[name],
  ]);
  return Object.fromEntries(own) as Numbers;
}

/** Runs a walker's rule in double; ends early where nothing is finite any more. */
export function walk(
  scene: Scene,
  walker: SceneWalker,
  values: Numbers,
  start: [number, number],
): Walk {
  const { surface, steps, goal } = scene;
  const p = surfaceParameters(surface, values);
  const noise = gauss(rng(p.seed ?? 1));
  const n = surface.dimensions;
  const options: Record<string, number | boolean> = { ...walker.settings, ...values };
  const begin = (name: string) => {
    const from = walker.starts[name] ?? 0;
    return Number(typeof from === "string" ? options[from] : from);
  };
  const theta = Float64Array.from(start.slice(0, n));
  const g = new Float64Array(n);
  const states = walker.arrays.slice(2).map((name) => new Float64Array(n).fill(begin(name)));
  const cells = walker.cells.map((name) => Float32Array.of(begin(name)));

  const lowest = Math.min(...surface.minima.map(([x, y]) => surface.value(x, y, p)));
  const points: [number, number][] = [];
  const losses: number[] = [];
  let arrived: number | null = null;
  for (let k = 0; ; k++) {
    const [x, y] = [theta[0]!, theta[1] ?? 0];
    const loss = surface.value(x, y, p) - lowest;
    if (!Number.isFinite(x) || !Number.isFinite(y) || !Number.isFinite(loss)) break;
    points.push([x, y]);
    losses.push(loss);
    const distance = Math.min(...surface.minima.map(([a, b]) => Math.hypot(x - a, y - b)));
    if (arrived === null && distance < goal) arrived = k;
    if (k === steps) break;
    const slope = surface.gradient(x, y, p, noise);
    for (let i = 0; i < n; i++) g[i] = slope[i]!;
    const inputs = walker.inputs.map((name) => (name === "first" ? k === 0 : options[name]));
    walker.step(n, theta, g, ...states, ...cells, ...inputs);
  }
  return { points, losses, arrived, style: styleOf(points, losses, arrived, steps) };
}

/** Arrived; or lost; or turning round again and again; or simply slow. */
function styleOf(
  points: [number, number][],
  losses: number[],
  arrived: number | null,
  steps: number,
): Style {
  const last = losses[losses.length - 1] ?? Infinity;
  if (points.length <= steps || last > 10 * (losses[0] ?? 0)) return "explode";
  if (arrived !== null) return "arrive";
  const turns = [0, 1].map((i) => {
    let count = 0;
    for (let k = 2; k < points.length; k++) {
      const before = points[k - 1]![i]! - points[k - 2]![i]!;
      const after = points[k]![i]! - points[k - 1]![i]!;
      if (before * after < 0) count++;
    }
    return count;
  });
  return Math.max(...turns) >= 3 ? "ring" : "crawl";
}

/** Everything above that a page needs, by its own text. */
export const walkFunctions = [rng, gauss, surfaceParameters, walk, styleOf];
