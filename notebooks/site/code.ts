import { classHighlighter, highlightCode } from "@lezer/highlight";
import { parser } from "@lezer/javascript";
import { escapeHtml } from "../../lib/teach/html.ts";

const typescript = parser.configure({ dialect: "ts" });

/**
 * TypeScript as HTML with a class for each kind of token, read by the grammar that colours the same
 * cells in JupyterLab.
 *
 *     highlight("const a = 1;")   // <span class="tok-keyword">const</span> ...
 */
export function highlight(code: string): string {
  let html = "";
  highlightCode(
    code,
    typescript.parse(code),
    classHighlighter,
    (text, classes) => {
      const escaped = escapeHtml(text);
      html += classes === "" ? escaped : `<span class="${classes}">${escaped}</span>`;
    },
    () => {
      html += "\n";
    },
  );
  return html;
}
