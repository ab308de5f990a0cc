/** Markdown taken apart for the checks of the book: its words and its maths. */
import type { Node, Parent } from "mdast";
import remarkMath from "remark-math";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { languages } from "../../notebooks/chapter.ts";
import { readChapters, toRecord } from "../../notebooks/build.ts";
import type { Lang, Text } from "../../lib/teach/record.ts";

export interface Piece {
  /** Where it stands: `06-momentum zh by-hand-text`. */
  where: string;
  lang: Lang;
  markdown: string;
}

/** Every text of the book that a reader sees: cells, strings, quizzes, cards. */
export function everyText(): Piece[] {
  return readChapters().flatMap((chapter) => {
    const record = toRecord(chapter);
    const texts: [string, Text][] = [["title", record.title], ...Object.entries(record.strings)];
    for (const cell of chapter.cells) if (cell.kind === "prose") texts.push([cell.id, cell.text]);
    for (const [id, quiz] of Object.entries(record.quizzes)) {
      texts.push([`quiz ${id}`, quiz.question]);
      for (const option of quiz.options) texts.push([`quiz ${id}`, option.text]);
      for (const option of quiz.options) texts.push([`quiz ${id}`, option.why]);
    }
    for (const [id, card] of Object.entries(record.cards)) {
      texts.push([`card ${id}`, card.front], [`card ${id}`, card.back]);
    }
    return texts.flatMap(([name, text]) =>
      languages.map((lang) => ({
        where: `${chapter.id} ${lang} ${name}`,
        lang,
        markdown: text[lang],
      })),
    );
  });
}

const parser = unified().use(remarkParse).use(remarkMath);

/** The TeX of a text. */
export function mathsOf(markdown: string): { tex: string; display: boolean }[] {
  return nodes(parser.parse(markdown))
    .filter((node) => node.type === "inlineMath" || node.type === "math")
    .map((node) => ({
      tex: (node as unknown as { value: string }).value,
      display: node.type === "math",
    }));
}

/** The words of each paragraph, heading and list item; code and maths become one letter. */
export function wordsOf(markdown: string): string[] {
  return nodes(parser.parse(markdown))
    .filter((node) => node.type === "paragraph" || node.type === "heading")
    .map((node) => nodes(node).map(word).join(""));
}

function word(node: Node): string {
  if (node.type === "text") return (node as unknown as { value: string }).value;
  return node.type === "inlineMath" || node.type === "inlineCode" ? "x" : "";
}

function nodes(node: Node): Node[] {
  const children = "children" in node ? (node as Parent).children : [];
  return [node, ...children.flatMap(nodes)];
}
