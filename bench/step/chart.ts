import { drawCharts } from "../../lib/teach/plot.ts";
import { median } from "../report.ts";
import { COPY } from "./downhill.ts";
import type { Measured } from "./index.ts";

/** Ours, a copy, and the others. */
const colours = { own: "#0b6e4f", copy: "#6e7781", peer: "#bc4c00" };
const ROW_HEIGHT = 19;

interface Dot {
  model: string;
  name: string;
  ms: number;
}

/** The times of the first optimizer's step, model below model, on a logarithmic scale. */
export async function chart(measured: readonly Measured[]): Promise<string> {
  const first = measured[0]?.optimizer;
  const dots = measured
    .filter(({ optimizer }) => optimizer === first)
    .flatMap(({ model, timings }) =>
      timings.map(({ name, ms }): Dot => ({ model: model.name, name, ms: median(ms) })),
    );
  const models = [...new Set(dots.map(({ model }) => model))];
  const names = [...new Set(dots.map(({ name }) => name))];
  const times = dots.map(({ ms }) => ms);
  const [least, most] = [Math.min(...times) / 1.5, Math.max(...times) * 2];
  const fill = ({ name }: Dot) =>
    name === COPY ? colours.copy : name.startsWith("Downhill") ? colours.own : colours.peer;
  const drawing = await drawCharts([
    (plot) => ({
      title: `One ${first} step, ms`,
      width: 760,
      height: 80 + models.length * (names.length + 1) * ROW_HEIGHT,
      marginLeft: 190,
      marginRight: 100,
      x: { type: "log", label: null, grid: true, domain: [least, most] },
      y: { label: null, domain: names },
      fy: { label: null, padding: 0.1, domain: models },
      marks: [
        plot.ruleY(dots, { x1: least, x2: "ms", y: "name", fy: "model", stroke: fill }),
        plot.dot(dots, { x: "ms", y: "name", fy: "model", fill, r: 4 }),
        plot.text(dots, {
          x: "ms",
          y: "name",
          fy: "model",
          text: ({ ms }: Dot) => ms.toFixed(ms < 10 ? 2 : 0),
          textAnchor: "start",
          dx: 8,
        }),
      ],
    }),
  ]);
  return drawing.svg;
}
