import type { INotebookContent } from "@jupyterlab/nbformat";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Lang } from "../../lib/teach/record.ts";
import { fromRoot } from "../../root.ts";
import { readChapters } from "../build.ts";
import { type Chapter, languages } from "../chapter.ts";
import { renderCell } from "./cells.ts";
import { type ClientWords, type SearchEntry, startPage } from "./client.ts";
import { chapterTitle, contentsList, coverPage, coverPicture, frontPage } from "./contents.ts";
import type { Heading } from "./markdown.ts";
import { renderPage } from "./page.ts";
import { siteWords } from "./words.ts";

export interface SiteOptions {
  /** The folder that gets the site. What an earlier build left there is replaced. */
  out: string;
  /** Where `downhill cards` left the decks, which the site offers if they are there. */
  decks?: string;
}

/** The file that says that a folder is a site of ours and may be replaced. */
const MARK = "downhill-site.txt";

/**
 * Writes the whole book as a static site: both languages, readable from the disk without a server or
 * a network. What its pages show are the outputs of the executed notebooks. Returns the paths that
 * it wrote, below `out`. Throws where the folder holds anything but an earlier site, and where a
 * notebook was not built.
 *
 *     await buildSite({ out: "site" })
 */
export async function buildSite(options: SiteOptions): Promise<string[]> {
  const { out, decks = fromRoot("flashcards", "decks") } = options;
  const chapters = readChapters();
  const files = new Map<string, string | Uint8Array>();
  const cover = await coverPicture();
  const offered = existsSync(decks)
    ? readdirSync(decks)
        .filter((name) => /\.(apkg|tsv)$/.test(name))
        .sort()
    : [];
  for (const name of offered) files.set(`decks/${name}`, readFileSync(join(decks, name)));
  files.set("index.html", coverPage(cover));
  for (const lang of languages) {
    const own = offered.filter((name) => name.includes(`-${lang}.`));
    for (const [name, text] of pages(chapters, lang, own, cover)) files.set(name, text);
  }
  for (const [name, content] of assets()) files.set(name, content);
  files.set(MARK, "Written by downhill book html, which replaces this folder.\n");
  makeRoom(out);
  for (const [name, content] of files) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), content);
  }
  return [...files.keys()];
}

/** Nothing that is not ours is ever removed. */
function makeRoom(out: string): void {
  const found = existsSync(out) ? readdirSync(out) : [];
  if (found.length > 0 && !found.includes(MARK)) {
    throw new Error(`folder: ${out}. It holds other files; name an empty or a new one with --out`);
  }
  rmSync(out, { recursive: true, force: true });
}

interface Text {
  chapter: Chapter;
  main: string;
  headings: Heading[];
  entries: SearchEntry[];
}

function* pages(
  chapters: Chapter[],
  lang: Lang,
  decks: string[],
  cover: string,
): Generator<[string, string]> {
  const texts = chapters.map((chapter) => readText(chapter, lang));
  const link = (text: Text | undefined) =>
    text && { href: `${text.chapter.id}.html`, title: chapterTitle(text.chapter, lang) };
  const front = {
    lang,
    file: "index.html",
    title: siteWords[lang].subtitle,
    nav: contentsList(chapters, lang),
    main: frontPage(chapters, lang, decks, cover),
    next: link(texts[0]),
  };
  yield [`${lang}/index.html`, renderPage(front)];
  for (const [at, { chapter, main, headings }] of texts.entries()) {
    const page = {
      lang,
      file: `${chapter.id}.html`,
      title: chapterTitle(chapter, lang),
      nav: contentsList(chapters, lang, { id: chapter.id, headings }),
      main,
      previous: link(texts[at - 1]) ?? { href: "index.html", title: siteWords[lang].contents },
      next: link(texts[at + 1]),
    };
    yield [`${lang}/${chapter.id}.html`, renderPage(page)];
  }
  const entries = JSON.stringify(texts.flatMap((text) => text.entries));
  const { found, nothing, copy, copied } = siteWords[lang];
  const words: ClientWords = { found, nothing, copy, copied };
  yield [
    `assets/search-${lang}.js`,
    `window.downhill = { entries: ${entries}, words: ${JSON.stringify(words)} };\n`,
  ];
}

/** A chapter's cells; the generated ones at its head are for notebooks. */
function readText(chapter: Chapter, lang: Lang): Text {
  const file = fromRoot("notebooks", lang, `${chapter.id}.ipynb`);
  if (!existsSync(file)) throw new Error(`notebook: ${file}. It was not built: npm run book`);
  const notebook = JSON.parse(readFileSync(file, "utf8")) as INotebookContent;
  const cells = notebook.cells.filter(({ id }) => id !== "title" && id !== "open");
  const title = chapterTitle(chapter, lang);
  let heading = title;
  const entries: SearchEntry[] = [];
  const headings: Heading[] = [];
  const html = cells.map((cell) => {
    const rendered = renderCell(cell, lang);
    heading = rendered.headings[0]?.text ?? heading;
    if (rendered.text !== "") entries.push([chapter.id, String(cell.id), heading, rendered.text]);
    headings.push(...rendered.headings);
    return rendered.html;
  });
  const main = `<h1>${title}</h1>${onceEach(html.join("\n"))}`;
  return { chapter, main, headings, entries };
}

/** Every figure brings its style sheet; a page needs each of them once. */
function onceEach(html: string): string {
  const seen = new Set<string>();
  return html.replace(/<style>\s*\.downhill[^<]*<\/style>/g, (style) => {
    if (seen.has(style)) return "";
    seen.add(style);
    return style;
  });
}

/** What the pages load, and KaTeX's fonts. */
function assets(): [string, string | Uint8Array][] {
  const katex = dirname(createRequire(import.meta.url).resolve("katex/package.json"));
  const sheet = readFileSync(join(katex, "dist", "katex.min.css"), "utf8");
  const fonts = [
    ...new Set([...sheet.matchAll(/url\(fonts\/([\w-]+\.woff2)\)/g)].map(([, f]) => f!)),
  ];
  return [
    ["assets/site.css", readFileSync(fromRoot("notebooks", "site", "site.css"))],
    ["assets/site.js", `(${String(startPage)})(window.downhill.entries, window.downhill.words);\n`],
    ["assets/icon.svg", readFileSync(fromRoot("kernel", "logos", "logo-svg.svg"))],
    // Every browser that shows this site reads woff2; the older forms stay behind.
    ["assets/katex.css", sheet.replace(/,url\(fonts\/[\w-]+\.(?:woff|ttf)\) format\("\w+"\)/g, "")],
    ...fonts.map((font): [string, Uint8Array] => [
      `assets/fonts/${font}`,
      readFileSync(join(katex, "dist", "fonts", font)),
    ]),
  ];
}
