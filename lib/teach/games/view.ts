import { createHash } from "node:crypto";
import type { MimeBundle } from "../display.ts";
import { type Drawing, type FigureText, picture } from "../figure.ts";
import { gameFunctions } from "./page.ts";
import { gameWords } from "./words.ts";
import { escapeHtml, pageScript } from "../html.ts";
import { inlineToHtml, markdownToText } from "../markdown.ts";
import { elementFunctions } from "../page-elements.ts";
import { toPng } from "../png.ts";
import type { Lang } from "../record.ts";
import { inlineStyles, styleElement } from "../style.ts";

export type GameName = "guess" | "race" | "tune" | "roulette" | "exam";

export interface GameParts {
  name: GameName;
  drawing: Drawing;
  /** What stands below the picture for everyone, as HTML. */
  board?: string;
  /** A table, or HTML. */
  solution: Table | string;
  /** What runs in the page, the function that starts it last. */
  functions: ((...values: never[]) => unknown)[];
  /** What it is started with after its key: the text of expressions. */
  values: string[];
}

export interface Table {
  head: string[];
  rows: string[][];
}

/**
 * A game as a picture, its rules and its solution behind one click, which is all that an untrusted
 * notebook keeps of it, and the script that makes it playable where scripts run.
 */
export async function gameBundle(
  { name, drawing, board = "", solution, functions, values }: GameParts,
  { caption, alt }: FigureText,
  lang: Lang,
): Promise<MimeBundle> {
  const { [name]: said, ...common } = gameWords[lang];
  const solved = typeof solution === "string" ? solution : tableHtml(solution);
  const parts = [picture(drawing, alt), board, solved, ...values];
  const key = createHash("sha256").update(parts.join("")).digest("hex").slice(0, 12);
  return {
    "text/html": [
      `<figure class="downhill-game" lang="${lang}" data-key="${key}" style="margin:0.6em 0">`,
      `<p class="downhill-rules" style="max-width:46em"><b class="downhill-badge">🎮 ${said.title}</b> `,
      `${said.rules}</p><div class="downhill-stage">${parts[0]}</div>`,
      `<div class="downhill-play">${board}</div>`,
      `<details class="downhill-solution" style="${inlineStyles.panel}">`,
      `<summary style="cursor:pointer">${common.solution}</summary>${solved}</details>`,
      `<p class="downhill-hint" style="${inlineStyles.hint}">${common.still}</p>`,
      `<figcaption style="max-width:46em">${inlineToHtml(caption)}</figcaption></figure>`,
      styleElement("game"),
      pageScript([...elementFunctions, ...gameFunctions, ...functions], functions.at(-1)!.name, [
        JSON.stringify(key),
        ...values,
        JSON.stringify(said),
      ]),
    ].join(""),
    "image/png": await toPng(drawing.svg),
    "text/plain": [`${said.title}: ${said.rules}`, markdownToText(caption), `[${alt}]`].join("\n"),
  };
}

/** A table that keeps its columns apart without a style sheet. */
export function tableHtml({ head, rows }: Table): string {
  const row = (tag: string, cells: string[]) =>
    `<tr>${cells.map((cell) => `<${tag} style="text-align:left;padding:0.15em 1.2em 0.15em 0">${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((cells) => row("td", cells)).join("");
  return `<table><thead>${row("th", head)}</thead><tbody>${body}</tbody></table>`;
}
