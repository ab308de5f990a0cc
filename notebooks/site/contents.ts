import { contour } from "../../lib/teach/contour.ts";
import { picture } from "../../lib/teach/figure.ts";
import { escapeHtml } from "../../lib/teach/html.ts";
import { drawCharts } from "../../lib/teach/plot.ts";
import type { Lang } from "../../lib/teach/record.ts";
import { readScene, walksFrom } from "../../lib/teach/scenes.ts";
import { sceneCode } from "../../lib/teach/live-code.ts";
import { bentValley } from "../../lib/teach/surfaces.ts";
import { Adagrad, Adam, SGD } from "../../lib/optim/index.ts";
import type { Chapter } from "../chapter.ts";
import type { Heading } from "./markdown.ts";
import { head } from "./page.ts";
import { parts, siteWords } from "./words.ts";

export const chapterTitle = ({ number, title }: Chapter, lang: Lang) =>
  `${number} · ${title[lang]}`;

/** The chapters by part; the current one with its own headings. */
export function contentsList(
  chapters: Chapter[],
  lang: Lang,
  current?: { id: string; headings: Heading[] },
): string {
  const word = (part: number) =>
    `${lang === "zh" ? `第 ${part} 部分` : `Part ${part}`} · ${parts[part]?.[lang] ?? ""}`;
  const item = (chapter: Chapter) => {
    const here = chapter.id === current?.id;
    const inner = here ? headingList(current.headings) : "";
    const mark = here ? ` aria-current="page"` : "";
    const link = `<a href="${chapter.id}.html"${mark}>${escapeHtml(chapterTitle(chapter, lang))}</a>`;
    return `<li>${link}${inner}</li>`;
  };
  const numbers = [...new Set(chapters.map(({ part }) => part))];
  return numbers
    .map((part) => {
      const own = chapters.filter((chapter) => chapter.part === part);
      return `<p class="part">${word(part)}</p><ol>${own.map(item).join("")}</ol>`;
    })
    .join("");
}

function headingList(headings: Heading[]): string {
  const items = headings
    .filter(({ depth }) => depth === 2)
    .map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`);
  return items.length === 0 ? "" : `<ol>${items.join("")}</ol>`;
}

/** The first page of a language. */
export function frontPage(chapters: Chapter[], lang: Lang, decks: string[], cover: string): string {
  const words = siteWords[lang];
  const links = decks.map((file) => `<a href="../decks/${file}" download>${file}</a>`);
  return [
    `<h1>${words.book}</h1><p class="subtitle">${words.subtitle}</p>${cover}<p>${words.lead}</p>`,
    `<div class="contents">${contentsList(chapters, lang)}</div>`,
    links.length === 0 ? "" : `<p>🍬 ${words.decks}: ${links.join(" · ")}</p>`,
    `<p class="note">${words.run}</p>`,
  ].join("");
}

/** Where a reader chooses the language. */
export function coverPage(cover: string): string {
  const door = (lang: Lang, label: string) => {
    const { book, subtitle } = siteWords[lang];
    return (
      `<a class="door" lang="${lang}" href="${lang}/index.html"><b>${book}</b>` +
      `<span>${subtitle}</span><small>${label}</small></a>`
    );
  };
  return [
    head({ lang: "zh", title: "下山 · Downhill", assets: "assets" }),
    `<body class="cover"><main id="main"><h1>下山 · <span lang="en">Downhill</span></h1>${cover}`,
    `<div class="doors">${door("zh", "读中文版")}${door("en", "Read in English")}</div>`,
    `</main></body></html>\n`,
  ].join("");
}

/** Optimizers on one mountain, drawn from their rules; a picture without words, for both languages. */
export async function coverPicture(): Promise<string> {
  const surface = bentValley();
  const walkers = {
    SGD: { optimizer: SGD, options: { lr: 0.0018 } },
    "SGD, momentum": { optimizer: SGD, options: { lr: 0.0032, momentum: 0.9 } },
    Adagrad: { optimizer: Adagrad, options: { lr: 0.5 } },
    Adam: { optimizer: Adam, options: { lr: 0.2 } },
  };
  const scene = readScene(sceneCode({ surface, walkers, sliders: {}, steps: 100 }));
  const paths = walksFrom(scene).map(({ points }, i) => ({
    label: scene.walkers[i]!.label,
    points,
  }));
  const bare = { axis: null };
  const size = { width: 640, height: 380, margin: 4, x: bare, y: bare };
  const drawing = await drawCharts([contour(surface, paths, size)]);
  const alt = paths.map(({ label }) => label).join(", ");
  return `<figure class="walks">${picture(drawing, alt)}</figure>`;
}
