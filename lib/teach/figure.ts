import { book } from "./book.ts";
import type { Chart } from "./chart.ts";
import { type Displayable, displayable } from "./display.ts";
import { escapeHtml } from "./html.ts";
import { styleElement } from "./style.ts";

export interface FigureText {
  /** One sentence below the figure: what to look at. Markdown with maths between `$`. */
  caption: string;
  /** What a reader who cannot see the figure needs: the numbers. */
  alt: string;
}

/**
 * A figure: Observable Plot drawn without a browser, as SVG and PNG, with its caption and its text
 * alternative. Takes Plot's own options or what `lines` and `contour` return; of several, each
 * becomes a panel, side by side, under its own `title`.
 *
 *     figure({ x: { label: "step" }, marks: [Plot.lineY(losses)] }, { caption, alt })
 *     figure([lines(...), contour(...)], { caption, alt })
 *
 * The picture stands in the HTML as an `<img>`, which is one way for all readers: an untrusted
 * notebook prefers HTML to PNG but removes `<svg>` from it, and ids cannot clash between figures.
 */
export function figure(plot: Chart | Chart[], { caption, alt }: FigureText): Displayable {
  const charts = Array.isArray(plot) ? plot : [plot];
  if (charts.length === 0)
    throw new Error("figure: no plot. Give Plot's options, or a list of them");
  for (const [name, said] of Object.entries({ caption, alt })) {
    if (!said?.trim()) throw new Error(`figure: no ${name}. Say what to look at, and the numbers`);
  }
  const { lang } = book;
  return displayable(async () => {
    const { drawCharts } = await import("./plot.ts");
    const { toPng } = await import("./png.ts");
    const { inlineToHtml, markdownToText } = await import("./markdown.ts");
    const drawing = await drawCharts(charts);
    return {
      "text/html":
        `<figure class="downhill-figure" lang="${lang}" style="margin:0.6em 0">` +
        picture(drawing, alt) +
        `<figcaption style="max-width:46em">${inlineToHtml(caption)}</figcaption></figure>` +
        styleElement("figure"),
      "image/png": await toPng(drawing.svg),
      "text/plain": `${markdownToText(caption)}\n[${alt}]`,
    };
  });
}

export interface Drawing {
  svg: string;
  width: number;
}

/** A drawing as an image that needs no script, no style sheet and no file beside it. */
export function picture({ svg, width }: Drawing, alt: string): string {
  return (
    `<img src="${escapeHtml(svgUrl(svg))}" alt="${escapeHtml(alt)}" width="${width}"` +
    ` style="max-width:100%;height:auto;border-radius:8px">`
  );
}

/** As text rather than base64: a third smaller, and its changes can be read. */
function svgUrl(svg: string): string {
  const encode = (sign: string) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return `data:image/svg+xml,${svg.replace(/["#%<>[\\\]^`{|}]/g, encode)}`;
}
