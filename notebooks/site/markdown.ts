import type { Element, ElementContent, Root, RootContent } from "hast";
import katex from "katex";
import type { Code } from "mdast";
import rehypeStringify from "rehype-stringify";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { escapeHtml } from "../../lib/teach/html.ts";
import { markdownToText } from "../../lib/teach/markdown.ts";
import { highlight } from "./code.ts";

export interface Heading {
  id: string;
  depth: number;
  text: string;
}

export interface Rendered {
  html: string;
  headings: Heading[];
  /** Its words, for the search. */
  text: string;
}

interface MathInSource {
  value: string;
  position?: { start: { offset?: number } };
}

/** Raw HTML in a tree that is going to be printed. */
const raw = (value: string) => ({ type: "raw", value }) as unknown as ElementContent;

/** Punctuation that no line begins with. Browsers break a line between a formula and whatever follows. */
const CLOSING = /^[，。；：、？！）」』”’…,.;:?!)]+/u;
/** Longer formulas may break inside themselves. */
const SHORT = 32;

/**
 * A Markdown cell as HTML: GitHub's tables, formulas typeset by KaTeX here and now, code coloured,
 * links to notebooks turned into links to pages. Headings after the first get ids of their own; the
 * first is where the cell is.
 */
export function renderMarkdown(markdown: string, cell: string): Rendered {
  const formula = (node: MathInSource, alone: boolean) => {
    const start = node.position?.start.offset ?? 0;
    const display = alone || markdown.startsWith("$$", start);
    const html = raw(typeset(node.value, display));
    return display || node.value.length > SHORT ? html : inOnePiece(html);
  };
  const handlers = {
    inlineMath: (_: unknown, node: MathInSource) => formula(node, false),
    math: (_: unknown, node: MathInSource) => formula(node, true),
    code: (_: unknown, node: Code) => raw(codeBlock(node.value, node.lang ?? "")),
  };
  const processor = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkMath)
    .use(remarkRehype, { allowDangerousHtml: true, handlers });
  const tree = processor.runSync(processor.parse(markdown)) as Root;
  const headings: Heading[] = [];
  visit(tree, (element) => {
    takeClosing(element);
    const depth = /^h([1-6])$/.exec(element.tagName)?.[1];
    if (depth !== undefined) {
      const id = headings.length === 0 ? cell : `${cell}-${headings.length + 1}`;
      if (headings.length > 0) element.properties.id = id;
      headings.push({ id, depth: Number(depth), text: wordsOf(element) });
    }
    if (element.tagName === "a")
      element.properties.href = pageLink(String(element.properties.href));
    if (element.tagName === "table") wrap(element);
  });
  const html = unified().use(rehypeStringify, { allowDangerousHtml: true }).stringify(tree);
  return { html, headings, text: wordsOf(tree) };
}

function inOnePiece(child: ElementContent): Element {
  return {
    type: "element",
    tagName: "span",
    properties: { className: ["one-piece"] },
    children: [child],
  };
}

/** The punctuation behind a short formula goes with it. */
function takeClosing({ children }: Element): void {
  children.forEach((piece, i) => {
    const next = children[i + 1];
    if (piece.type !== "element" || next?.type !== "text") return;
    if (!String(piece.properties.className).includes("one-piece")) return;
    const [closing] = CLOSING.exec(next.value) ?? [""];
    piece.children.push({ type: "text", value: closing });
    next.value = next.value.slice(closing.length);
  });
}

export function typeset(tex: string, displayMode: boolean): string {
  return katex.renderToString(tex.trim(), { displayMode, throwOnError: true, strict: "error" });
}

/** A code block that the keyboard can scroll. */
export function codeBlock(code: string, lang: string): string {
  const known = /^(ts|typescript|js|javascript)$/.test(lang);
  const shown = known ? highlight(code) : escapeHtml(code);
  return `<pre class="code" tabindex="0"><code>${shown}</code></pre>`;
}

/** `../en/06-momentum.ipynb#walk` -> `../en/06-momentum.html#walk`. */
function pageLink(href: string): string {
  return /^[a-z]+:/.test(href) ? href : href.replace(/\.ipynb(?=#|$)/, ".html");
}

/** A wide table scrolls by itself. */
function wrap(table: Element): void {
  const inner: Element = { ...table };
  table.tagName = "div";
  table.properties = { className: ["table"], tabIndex: 0 };
  table.children = [inner];
}

function visit(node: Root | Element, act: (element: Element) => void): void {
  for (const child of node.children) {
    if (child.type !== "element") continue;
    visit(child, act);
    act(child);
  }
}

/** The words of a tree, on one line. */
function wordsOf(node: Root | Element): string {
  return pieces(node).replace(/\s+/g, " ").trim();
}

function pieces(node: Root | RootContent): string {
  if (node.type === "text") return node.value;
  if (node.type === ("raw" as string)) {
    const { value } = node as unknown as { value: string };
    const tex = /<annotation encoding="application\/x-tex">(.*?)<\/annotation>/s.exec(value)?.[1];
    return tex === undefined ? " " : wordsOfMath(tex);
  }
  if (!("children" in node)) return "";
  const block = node.type === "element" && /^(p|li|td|th|h\d|tr)$/.test(node.tagName);
  return node.children.map(pieces).join("") + (block ? " " : "");
}

/** A formula on one line, `μ²`, or nothing where one line cannot hold it. */
function wordsOfMath(escaped: string): string {
  const tex = escaped.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  try {
    return markdownToText(`$${tex}$`);
  } catch {
    return " ";
  }
}
