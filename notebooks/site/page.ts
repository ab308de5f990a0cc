import { escapeHtml } from "../../lib/teach/html.ts";
import type { Lang } from "../../lib/teach/record.ts";
import { applyTheme } from "./client.ts";
import { siteWords } from "./words.ts";

export interface Page {
  lang: Lang;
  /** Its file in the language's folder. */
  file: string;
  title: string;
  /** The table of contents beside the text. */
  nav: string;
  main: string;
  previous?: Link;
  next?: Link;
}

export interface Link {
  href: string;
  title: string;
}

const htmlLang: Record<Lang, string> = { zh: "zh-CN", en: "en" };

/** A whole page: everything that it loads lies beside it in the site. */
export function renderPage({ lang, file, title, nav, main, previous, next }: Page): string {
  const words = siteWords[lang];
  const other = lang === "zh" ? "en" : "zh";
  const related = [
    `<link rel="alternate" hreflang="${htmlLang[other]}" href="../${other}/${file}">`,
    previous ? `<link rel="prev" href="${previous.href}">` : "",
    next ? `<link rel="next" href="${next.href}">` : "",
  ];
  return [
    head({ lang, title: `${title} · ${words.book}`, assets: "../assets", more: related.join("") }),
    `<body><a class="skip" href="#main">${words.skip}</a>`,
    `<header><button id="menu" type="button" aria-controls="contents" aria-expanded="false">`,
    `<span aria-hidden="true">☰</span> <span>${words.contents}</span></button>`,
    `<a class="home" href="index.html">${words.book}</a>`,
    `<div id="search" role="search"><input type="search" placeholder="${words.search}"`,
    ` aria-label="${words.search}"><div class="results"><p role="status"></p><ul></ul></div></div>`,
    `<a id="other" href="../${other}/${file}" hreflang="${htmlLang[other]}"`,
    ` lang="${htmlLang[other]}">${words.other}</a>`,
    `<button id="theme" type="button" aria-label="${words.theme}" title="${words.theme}">`,
    `<span aria-hidden="true">◐</span></button></header>`,
    `<div class="frame"><nav id="contents" aria-label="${words.contents}">${nav}</nav>`,
    `<main id="main" tabindex="-1">${main}${turner(lang, previous, next)}</main></div>`,
    `<script src="../assets/search-${lang}.js"></script>`,
    `<script src="../assets/site.js"></script></body></html>\n`,
  ].join("");
}

interface Head {
  lang: Lang;
  title: string;
  /** The folder of assets as the page sees it. */
  assets: string;
  more?: string;
}

export function head({ lang, title, assets, more = "" }: Head): string {
  return [
    `<!doctype html><html lang="${htmlLang[lang]}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title>`,
    `<script>(${String(applyTheme)})();</script>`,
    // Without scripts no button opens the contents on a narrow screen.
    `<noscript><style>#contents{display:block!important}#menu,#search,#theme{display:none!important}`,
    `</style></noscript>`,
    `<link rel="icon" href="${assets}/icon.svg">`,
    `<link rel="stylesheet" href="${assets}/katex.css">`,
    `<link rel="stylesheet" href="${assets}/site.css">${more}</head>`,
  ].join("");
}

/** Leaves back and forward at the end of a chapter. */
function turner(lang: Lang, previous?: Link, next?: Link): string {
  if (!previous && !next) return "";
  const words = siteWords[lang];
  const leaf = (link: Link | undefined, rel: "prev" | "next", word: string) =>
    link
      ? `<a rel="${rel}" href="${link.href}"><small>${word}</small>${escapeHtml(link.title)}</a>`
      : "<span></span>";
  return (
    `<nav class="turner" aria-label="${words.previous} / ${words.next}">` +
    `${leaf(previous, "prev", words.previous)}${leaf(next, "next", words.next)}</nav>`
  );
}
