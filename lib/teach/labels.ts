import type { Markish } from "@observablehq/plot";
import type { Plot } from "./chart.ts";

export interface Label {
  label: string;
  color: string;
  x: number;
  y: number;
}

const LINE = 16;
const GAP = 8;

/** The width of a label in pixels, near enough: a Chinese letter is as wide as two Latin ones. */
export function labelWidth(label: string): number {
  return [...label].reduce((sum, letter) => sum + (letter > "\u2e80" ? 14 : 8), 0);
}

/** Labels to the right of points, moved up and down where they would cover each other. */
export function directLabels(plot: Plot, labels: Label[]): Markish {
  const spread = plot.initializer(
    { x: "x", y: "y", text: "label" },
    (data, facets, channels, scales, dimensions) => {
      const xs = labels.map(({ label, x }) => {
        const right = Number(scales.x?.(x));
        const overflows = right + GAP + labelWidth(label) > dimensions.width;
        return overflows ? right - labelWidth(label) - 2 * GAP : right;
      });
      const ys = labels.map((label) => Number(scales.y?.(label.y)));
      const bottom = dimensions.height;
      const channel = (value: number[]) => ({ value, scale: null });
      return {
        data,
        facets,
        channels: { ...channels, x: channel(xs), y: channel(apart(ys, LINE, bottom)) },
      };
    },
  );
  return plot.text(labels, {
    ...spread,
    fill: "color",
    textAnchor: "start",
    dx: GAP,
    fontWeight: 600,
    stroke: "white",
    strokeWidth: 4,
  });
}

/** The places nearest to the wished ones that are at least `gap` apart and end before `limit`. */
export function apart(wished: number[], gap: number, limit: number): number[] {
  const order = wished.map((_, i) => i).sort((a, b) => wished[a]! - wished[b]!);
  const places = [...wished];
  const push = (order: number[], sign: 1 | -1) => {
    for (let k = 1; k < order.length; k++) {
      const [before, here] = [places[order[k - 1]!]!, places[order[k]!]!];
      if (sign * (here - before) < gap) places[order[k]!] = before + sign * gap;
    }
  };
  push(order, 1);
  const last = order.at(-1);
  if (last !== undefined && places[last]! > limit - gap) {
    places[last] = limit - gap;
    push(order.toReversed(), -1);
  }
  return places;
}
