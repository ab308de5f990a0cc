/** A whole live figure as text; runs in Node for the still picture and in the page. */
import { drawLosses } from "./live-losses.ts";
import { type AxisNames, drawWalks, layout, onMap, px } from "./live-map.ts";
import { type Numbers, type Scene, type Style, type Walk, walk } from "./live-walk.ts";

export interface LiveWords {
  steps: string;
  last: string;
  manner: string;
  manners: Record<Style, string>;
  notYet: string;
  axes: AxisNames;
  reset: string;
  start: string;
  hint: string;
}

/** What the reader has set. */
export interface Setting {
  values: Numbers;
  start: [number, number];
  /** Which walkers walk. */
  shown: boolean[];
}

export function firstSetting({ sliders, start, walkers }: Scene): Setting {
  return {
    values: Object.fromEntries(sliders.map(({ name, value }) => [name, value])),
    start: [start[0], start[1]],
    shown: walkers.map(() => true),
  };
}

export function walkAll(scene: Scene, { values, start, shown }: Setting): (Walk | null)[] {
  return scene.walkers.map((walker, i) => (shown[i] ? walk(scene, walker, values, start) : null));
}

/**
 * What changes with every move, drawn as far as a step; the ground changes only with a slider of
 * the surface.
 */
export function drawParts(
  scene: Scene,
  setting: Setting,
  walks: (Walk | null)[],
  words: LiveWords,
  last = scene.steps,
) {
  const { values, start } = setting;
  const { map } = layout();
  const [x, y] = onMap(scene, values, start);
  const place = `cx="${px(map.left + x)}" cy="${px(map.top + y)}"`;
  return {
    walks: drawWalks(scene, walks, values, last) + drawLosses(scene, walks, words.axes, last),
    start: `<circle ${place} r="8" class="start"/>`,
  };
}

/** The whole drawing, with a class for each part, so that a page can replace it alone. */
export function drawing(parts: { ground: string; walks: string; start: string }): string {
  const { width, height } = layout();
  const style = [
    "text{font-size:13px;fill:#24292f;text-anchor:middle}",
    ".end{text-anchor:end}",
    ".begin{text-anchor:start}",
    ".box{fill:none;stroke:#8fa9b8}",
    ".line{stroke:#8fa9b8;stroke-width:0.6}",
    ".grid{stroke:#dde6ec}",
    ".ground{fill:none;stroke:#8fa9b8;stroke-width:2}",
    ".ink{stroke:#24292f;stroke-width:2}",
    ".walk{fill:none;stroke-width:1.8;stroke-linejoin:round}",
    ".dots{stroke-width:4;stroke-linecap:round}",
    ".start{fill:#fff;stroke:#24292f;stroke-width:2.5}",
  ].map((rule) => `.dh-drawing ${rule}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="dh-drawing" width="${width}"`,
    ` height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, Segoe UI, Noto Sans, Noto Sans CJK SC, PingFang SC, sans-serif">`,
    `<style>${style.join("")}</style><rect width="${width}" height="${height}" fill="#fff"/>`,
    `<g class="dh-ground">${parts.ground}</g><g class="dh-walks">${parts.walks}</g>`,
    `<g class="dh-start">${parts.start}</g></svg>`,
  ].join("");
}

/** The readout: a row for each walk. */
export function readout(scene: Scene, walks: (Walk | null)[], words: LiveWords): string {
  const cell = (tag: string, text: string, more = "") =>
    `<${tag} style="text-align:left;padding:0.15em 1.2em 0.15em 0"${more}>${text}</${tag}>`;
  const goal = scene.goal.toExponential().replace("-", "−");
  const head = ["", `${words.steps} &lt; ${goal}`, words.last, words.manner].map((word) =>
    cell("th", word),
  );
  const rows = walks.map((walk, i) => {
    if (walk === null) return "";
    const { label, color } = scene.walkers[i]!;
    const last = walk.losses[walk.losses.length - 1] ?? Infinity;
    return [
      `<tr>${cell("th", `<span style="color:${color}">●</span> ${escapeText(label)}`)}`,
      cell("td", walk.arrived === null ? words.notYet : String(walk.arrived)),
      cell("td", walk.style === "explode" ? "∞" : twoDigits(last)),
      `${cell("td", words.manners[walk.style], ` class="dh-${walk.style}"`)}</tr>`,
    ].join("");
  });
  return `<table><thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Two digits, with a power of ten where the number is very small or large. */
export function twoDigits(value: number): string {
  const plain = value === 0 || (value >= 0.01 && value < 1000);
  return plain ? String(+value.toPrecision(2)) : value.toExponential(1).replace("-", "−");
}

export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Three digits, as short as they are. */
export function threeDigits(value: number): string {
  return String(+value.toPrecision(3)).replace("-", "−");
}

/** Everything above that a page needs, by its own text. */
export const sceneFunctions = [
  firstSetting,
  walkAll,
  drawParts,
  drawing,
  readout,
  threeDigits,
  twoDigits,
  escapeText,
];
