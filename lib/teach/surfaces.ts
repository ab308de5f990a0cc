import { gauss, rng } from "../autograd/index.ts";

/** A loss of one or two numbers, ready for Node and, as text, for the page of a live figure. */
export interface Surface {
  name: string;
  /** 1: a curve f(x), where y stays 0; 2: a landscape f(x, y). */
  dimensions: 1 | 2;
  /** f(x, y). */
  value(x: number, y?: number): number;
  /** [df/dx, df/dy]; the second is 0 for a curve. */
  gradient(x: number, y?: number): [number, number];
  /** Where walks on this surface start in this book. */
  start: [number, number];
  /** The part of the plane that figures show. */
  box: { x: [number, number]; y: [number, number] };
  /** The lowest points. */
  minima: [number, number][];
  /** The same two functions as JavaScript text, for the page. */
  source: SurfaceSource;
}

export interface SurfaceSource {
  value: string;
  gradient: string;
  /** What `p` is in that text: `{ kappa: 100 }`. */
  parameters: Record<string, number>;
}

type Numbers = Record<string, number>;

/**
 * How a surface is written: functions that read nothing but their arguments and `Math`, so that
 * their text means the same in a page. `p` holds the parameters, `noise` draws standard normals.
 */
interface Definition {
  name: string;
  dimensions?: 1 | 2;
  parameters?: Numbers;
  value(x: number, y: number, p: Numbers): number;
  gradient(x: number, y: number, p: Numbers, noise: () => number): [number, number];
  start: [number, number];
  box: Surface["box"];
  minima: [number, number][];
}

function define(definition: Definition): Surface {
  const { value, gradient, parameters = {}, dimensions = 2, ...rest } = definition;
  const noise = gauss(rng(parameters.seed ?? 1));
  return {
    ...rest,
    dimensions,
    value: (x, y = 0) => value(x, y, parameters),
    gradient: (x, y = 0) => gradient(x, y, parameters, noise),
    source: { value: String(value), gradient: String(gradient), parameters },
  };
}

/** ½Lx²: one number, curvature L, from 1. */
export function bowl(curvature = 1): Surface {
  return define({
    name: curvature === 1 ? "bowl" : `bowl(${curvature})`,
    dimensions: 1,
    parameters: { curvature },
    value: (x, _y, p) => 0.5 * p.curvature! * x * x,
    gradient: (x, _y, p) => [p.curvature! * x, 0],
    start: [1, 0],
    box: { x: [-1.25, 1.25], y: [0, 0.8 * curvature] },
    minima: [[0, 0]],
  });
}

/** ½(x² + κy²) from (1, 1): flat along x, κ times steeper along y. */
export function valley(kappa: number): Surface {
  return define({
    name: `valley(${kappa})`,
    parameters: { kappa },
    value: (x, y, p) => 0.5 * (x * x + p.kappa! * y * y),
    gradient: (x, y, p) => [x, p.kappa! * y],
    start: [1, 1],
    box: { x: [-1.25, 1.25], y: [-1.25, 1.25] },
    minima: [[0, 0]],
  });
}

/** The valley turned by an angle: ½(u² + κv²), where u and v are the axes that `degrees` has turned. */
export function turnedValley(kappa: number, degrees: number): Surface {
  return define({
    name: `turnedValley(${kappa}, ${degrees})`,
    parameters: { kappa, degrees },
    value: (x, y, p) => {
      const angle = (p.degrees! * Math.PI) / 180;
      const u = Math.cos(angle) * x + Math.sin(angle) * y;
      const v = Math.cos(angle) * y - Math.sin(angle) * x;
      return 0.5 * (u * u + p.kappa! * v * v);
    },
    gradient: (x, y, p) => {
      const angle = (p.degrees! * Math.PI) / 180;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const [u, v] = [cos * x + sin * y, cos * y - sin * x];
      return [cos * u - p.kappa! * sin * v, sin * u + p.kappa! * cos * v];
    },
    start: [0.3, 1.2],
    box: { x: [-1.25, 1.25], y: [-1.25, 1.25] },
    minima: [[0, 0]],
  });
}

/** The bent valley, Rosenbrock's (1 − x)² + 100(y − x²)², from (−1.2, 1). */
export function bentValley(): Surface {
  return define({
    name: "bent valley",
    value: (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: (x, y) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
    start: [-1.2, 1],
    box: { x: [-1.8, 1.8], y: [-0.8, 2.4] },
    minima: [[1, 1]],
  });
}

/** x² − y² + ¼y⁴ + 1 from (1, 1e-4): a pass at (0, 0), lowest at y = ±√2, where it is 0. */
export function saddle(): Surface {
  return define({
    name: "saddle",
    value: (x, y) => x * x - y * y + 0.25 * y ** 4 + 1,
    gradient: (x, y) => [2 * x, -2 * y + y ** 3],
    start: [1, 1e-4],
    box: { x: [-1.6, 1.6], y: [-2.2, 2.2] },
    minima: [
      [0, -Math.SQRT2],
      [0, Math.SQRT2],
    ],
  });
}

/** x⁴ from 1: a desert, almost flat around the bottom. */
export function desert(): Surface {
  return define({
    name: "desert",
    dimensions: 1,
    value: (x) => x ** 4,
    gradient: (x) => [4 * x ** 3, 0],
    start: [1, 0],
    box: { x: [-1.25, 1.25], y: [0, 2] },
    minima: [[0, 0]],
  });
}

/** The valley in drizzle: each component of its gradient is off by a normal number times sigma. */
export function drizzle(kappa: number, sigma: number, seed = 1): Surface {
  return define({
    name: `drizzle(${kappa}, ${sigma})`,
    parameters: { kappa, sigma, seed },
    value: (x, y, p) => 0.5 * (x * x + p.kappa! * y * y),
    gradient: (x, y, p, noise) => [x + p.sigma! * noise(), p.kappa! * y + p.sigma! * noise()],
    start: [1, 1],
    box: { x: [-1.25, 1.25], y: [-1.25, 1.25] },
    minima: [[0, 0]],
  });
}

/**
 * No slope at all, only noise: the gradient is a normal number times `quiet` along x and times `loud`
 * along y. The height is ½(x² + y²), what weight decay wants small.
 */
export function hubbub(quiet: number, loud: number, seed = 1): Surface {
  return define({
    name: `hubbub(${quiet}, ${loud})`,
    parameters: { quiet, loud, seed },
    value: (x, y) => 0.5 * (x * x + y * y),
    gradient: (_x, _y, p, noise) => [p.quiet! * noise(), p.loud! * noise()],
    start: [1, 1],
    box: { x: [-0.25, 1.25], y: [-0.25, 1.25] },
    minima: [[0, 0]],
  });
}
