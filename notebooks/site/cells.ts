import type { ICell, ICodeCell, IMimeBundle, IOutput } from "@jupyterlab/nbformat";
import { escapeHtml } from "../../lib/teach/html.ts";
import type { Lang } from "../../lib/teach/record.ts";
import { codeBlock, type Rendered, renderMarkdown, typeset } from "./markdown.ts";
import { siteWords } from "./words.ts";

/** A cell of an executed notebook as a section of a page, under the id that both languages share. */
export function renderCell(cell: ICell, lang: Lang): Rendered {
  const id = String(cell.id);
  const source = joined(cell.source);
  const { html, headings, text } =
    cell.cell_type === "code"
      ? { html: codeCell(cell as ICodeCell, source, lang), headings: [], text: "" }
      : renderMarkdown(source, id);
  const kind = cell.cell_type === "code" ? "cell" : "prose";
  return { html: `<section class="${kind}" id="${id}">${html}</section>`, headings, text };
}

function codeCell(cell: ICodeCell, source: string, lang: Lang): string {
  const words = siteWords[lang];
  const block = `<div class="source">${codeBlock(source, "ts")}</div>`;
  const hidden = (cell.metadata.tags as string[] | undefined)?.includes("hide-input");
  const code = hidden
    ? `<details class="folded"><summary>${words.code}</summary>${block}</details>`
    : block;
  const outputs = cell.outputs.map((output) => renderOutput(output)).join("");
  // A figure is what its cell is there for; how it was made comes after it.
  return hidden ? outputs + code : code + outputs;
}

function renderOutput(output: IOutput): string {
  if (output.output_type === "stream") {
    return `<pre class="output ${String(output.name)}" tabindex="0">${plain(joined(output.text))}</pre>`;
  }
  if (output.output_type === "error") {
    const trace = (output.traceback as string[]).join("\n") || `${output.ename}: ${output.evalue}`;
    return `<pre class="output error" tabindex="0">${plain(trace)}</pre>`;
  }
  const data = (output.data ?? {}) as IMimeBundle;
  const as = (type: string) => joined(data[type]);
  if ("text/html" in data) return `<div class="output">${as("text/html")}</div>`;
  if ("text/latex" in data) {
    const tex = as("text/latex")
      .trim()
      .replace(/^\$\$|\$\$$/g, "");
    return `<div class="output">${typeset(tex, true)}</div>`;
  }
  if ("image/png" in data) {
    const alt = escapeHtml(as("text/plain"));
    return `<img class="output" alt="${alt}" src="data:image/png;base64,${as("image/png").trim()}">`;
  }
  return `<pre class="output" tabindex="0">${plain(as("text/plain"))}</pre>`;
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

/** Without a terminal's colours. */
function plain(text: string): string {
  return escapeHtml(text.replace(/\x1b\[[0-9;]*m/g, "").replace(/\n$/, ""));
}
