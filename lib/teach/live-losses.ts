/** The losses beside the map as SVG text; runs in Node and, as its own text, in the page. */
import { type AxisNames, frame, inset, layout, polyline, px, roundTicks } from "./live-map.ts";
import type { Scene, Walk } from "./live-walk.ts";

/**
 * How far above the lowest point each step is, as far as a step, on a log axis of at most twenty
 * decades that has room for all steps.
 */
export function drawLosses(
  scene: Scene,
  walks: (Walk | null)[],
  axes: AxisNames,
  last: number,
): string {
  const { losses: box } = layout();
  const { steps, walkers } = scene;
  const bottom = box.top + box.height;
  const shown = walks.filter((walk) => walk !== null);
  const start = Math.max(...shown.map((walk) => walk.losses[0] ?? 0), 1e-12);
  const seen = shown.flatMap((walk) => walk.losses).filter((loss) => loss > 0);
  const top = Math.ceil(Math.log10(Math.min(Math.max(start, ...seen), 1e4 * start)));
  const lowest = Math.floor(Math.log10(Math.min(start / 100, ...seen)));
  const floor = Math.max(lowest, top - 20);
  const x = (step: number) => (step / steps) * box.width;
  const y = (loss: number) => ((top - Math.log10(loss)) / (top - floor)) * box.height;

  const every = Math.ceil((top - floor) / 8);
  const powers = Array.from(
    { length: Math.floor((top - floor) / every) + 1 },
    (_, k) => top - k * every,
  );
  const grid = powers.map(
    (power) => `<path d="M0,${px(y(10 ** power))}h${box.width}" class="grid"/>`,
  );
  const curves = walks.map((walk, i) => {
    if (walk === null) return "";
    const { color, dash } = walkers[i]!;
    const points = walk.losses
      .slice(0, last + 1)
      .map((loss, k): [number, number] => [x(k), y(Math.max(loss, 1e-300))]);
    const stroke = `stroke="${color}" stroke-dasharray="${dash}"`;
    return `<path d="${polyline(points)}" class="walk" ${stroke}/>`;
  });
  return [
    inset(box, grid.join("") + curves.join("")),
    frame(box),
    ...powers.map((power) => {
      const at = `x="${box.left - 8}" y="${px(box.top + y(10 ** power) + 4)}" class="end"`;
      const exponent = String(power).replace("-", "−");
      return `<text ${at}>10<tspan dy="-5" font-size="9">${exponent}</tspan></text>`;
    }),
    ...roundTicks(0, steps)
      .filter((_, k) => k % 2 === 0)
      .map((k) => `<text x="${px(box.left + x(k))}" y="${bottom + 18}">${k}</text>`),
    `<text x="${box.left - 44}" y="${box.top - 16}" class="begin">↑ ${axes.loss}</text>`,
    `<text x="${box.left + box.width / 2}" y="${bottom + 38}">${axes.step} →</text>`,
  ].join("");
}

/** Everything above that a page needs, by its own text. */
export const lossFunctions = [drawLosses];
