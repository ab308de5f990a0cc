import type { Chart, Plot, PlotOptions } from "./chart.ts";
import type { Drawing } from "./figure.ts";
import { escapeHtml } from "./html.ts";
import { cutFarAway } from "./near.ts";
import { powerOfTen } from "./ticks.ts";

/** Ink on paper: figures look the same in light and dark notebooks. */
const look = {
  paper: "#ffffff",
  ink: "#24292f",
  font:
    "system-ui, -apple-system, Segoe UI, Noto Sans, Noto Sans CJK SC, PingFang SC, " +
    "Microsoft YaHei, sans-serif",
};

const TITLE_HEIGHT = 26;
/** Of a panel, in pixels. resvg would take minutes for larger ones, or end the process. */
const SIZES = { least: 50, most: 4000 };

/** Draws charts side by side as one SVG document with a solid background. */
export async function drawCharts(charts: Chart[]): Promise<Drawing> {
  const [plot, { parseHTML }] = await Promise.all([
    import("./packages/plot.ts"),
    import("./packages/linkedom.ts"),
  ]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const panels = charts.map((chart) => drawPanel(chart, charts.length, plot, document));
  const width = panels.reduce((sum, panel) => sum + panel.width, 0);
  const height = Math.max(...panels.map((panel) => panel.height));
  let x = 0;
  const placed = panels.map((panel) => {
    const svg = panel.svg.replace(/^<svg/, `<svg x="${x}" y="${panel.top}"`);
    const title = panel.title && titleAt(panel.title, x + panel.width / 2);
    x += panel.width;
    return title + svg;
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"` +
    ` viewBox="0 0 ${width} ${height}" color="${look.ink}" font-family="${look.font}">` +
    `<rect width="${width}" height="${height}" fill="${look.paper}"/>${placed.join("")}</svg>`;
  return { svg: stableIds(rounded(svg)), width };
}

function titleAt(title: string, x: number): string {
  const place = `x="${x}" y="20" text-anchor="middle" font-size="14" font-weight="600"`;
  return `<text ${place} fill="currentColor">${escapeHtml(title)}</text>`;
}

function drawPanel(chart: Chart, panels: number, plot: Plot, document: Document) {
  const { title = "", ...own } = typeof chart === "function" ? chart(plot) : chart;
  if (typeof title !== "string") throw new Error("title of a figure: must be a string");
  const { width = panels === 1 ? 640 : 380, height = panels === 1 ? 400 : 340 } = own;
  for (const [name, pixels] of Object.entries({ width, height })) {
    if (pixels >= SIZES.least && pixels <= SIZES.most) continue;
    throw new RangeError(
      `${name} of a figure: ${pixels}. It is in pixels, from ${SIZES.least} to ${SIZES.most}`,
    );
  }
  const options = withDefaults(own, width, height);
  const element = plot.plot({ ...options, document });
  if (element.tagName.toLowerCase() !== "svg") {
    throw new Error("legend, subtitle or caption in a plot: label the lines directly instead");
  }
  cutFarAway(element, width, height);
  const top = title === "" ? 0 : TITLE_HEIGHT;
  const svg = element.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/ font-family="[^"]*"/, "");
  return { svg, title, top, width, height: height + top };
}

function withDefaults(own: PlotOptions, width: number, height: number): PlotOptions {
  return {
    marginLeft: 60,
    marginRight: 24,
    marginTop: 28,
    marginBottom: 44,
    ...own,
    width,
    height,
    style: { fontSize: "13px", ...(typeof own.style === "object" ? own.style : {}) },
    x: { labelAnchor: "center", ...withTicks(own.x) },
    y: withTicks(own.y),
  };
}

/** On a log axis Plot would write 0.001 as "1m", and 0.00001 as "10µ". */
function withTicks(scale: PlotOptions["x"]): PlotOptions["x"] {
  if (scale?.type !== "log") return scale;
  return { tickFormat: powerOfTen, ...scale };
}

/** A tenth of a pixel is enough for what is drawn; what is written stays as it is. */
function rounded(svg: string): string {
  return svg.replace(/ (?:d|transform|points|[xyr][12]?|c[xy])="[^"]*"/g, (attribute) =>
    attribute.replace(/-?\d+\.\d{2,}(e-?\d+)?/g, (number) => String(+(+number).toFixed(1))),
  );
}

/** Plot numbers its clip paths across all figures ever drawn; a figure's bytes must not. */
function stableIds(svg: string): string {
  const ids = [...new Set([...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!))];
  return ids.reduce(
    (text, id, i) =>
      text.replaceAll(`"${id}"`, `"clip-${i + 1}"`).replaceAll(`#${id})`, `#clip-${i + 1})`),
    svg,
  );
}
