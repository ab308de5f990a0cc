import type { Node, Parent } from "mdast";
import type { ContainerDirective, LeafDirective } from "mdast-util-directive";
import type { Lang } from "../lib/teach/record.ts";
import { SourceError } from "./errors.ts";
import { insert } from "./insert.ts";
import type { Prose } from "./chapter.ts";

/** One Markdown cell from its two language blocks. */
export function readProse(
  source: string,
  file: string,
  id: string,
  zh: ContainerDirective,
  en: ContainerDirective,
): Prose {
  const inserts = [zh, en].map((block) => leaves(block).map((leaf) => slice(source, leaf)));
  if (inserts[0]?.join("\n") !== inserts[1]?.join("\n")) {
    const found = inserts.map((list) => list.join(" ") || "none").join(" and ");
    throw new SourceError(file, lineOf(en), `different inserts in zh and en: ${found}`);
  }
  const text = { zh: body(source, file, zh, "zh"), en: body(source, file, en, "en") };
  return { kind: "prose", id, line: lineOf(zh), text };
}

/** The block's text exactly as written, its generated pieces filled in. */
function body(source: string, file: string, block: ContainerDirective, lang: Lang): string {
  const written = slice(source, block);
  const lines = written.split("\n");
  if (!/^:{3,}\s*$/.test(lines.at(-1) ?? "") || lines.length < 2) {
    throw new SourceError(file, lineOf(block), `unclosed block: :::${block.name}; end it with :::`);
  }
  let text = written;
  const start = block.position?.start.offset ?? 0;
  for (const leaf of leaves(block).reverse()) {
    const [from, to] = offsets(leaf);
    text = text.slice(0, from - start) + generated(leaf, file, lang) + text.slice(to - start);
  }
  return text.split("\n").slice(1, -1).join("\n").trim();
}

function generated(leaf: LeafDirective, file: string, lang: Lang): string {
  try {
    return insert(leaf, lang);
  } catch (error) {
    throw new SourceError(file, lineOf(leaf), (error as Error).message);
  }
}

function leaves(node: Parent): LeafDirective[] {
  return node.children.flatMap((child) => {
    if (child.type === "leafDirective") return [child];
    return "children" in child ? leaves(child) : [];
  });
}

function slice(source: string, node: Node): string {
  return source.slice(...offsets(node));
}

function offsets(node: Node): [number, number] {
  return [node.position?.start.offset ?? 0, node.position?.end.offset ?? 0];
}

function lineOf(node: Node): number {
  return node.position?.start.line ?? 1;
}
