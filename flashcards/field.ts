import { createHash } from "node:crypto";
import type { ElementContent } from "hast";
import { fillGaps } from "../lib/teach/cloze.ts";
import { markdownToHtml } from "../lib/teach/markdown.ts";

/** A side of a card as Anki's HTML: maths between `\( \)`, on its own line between `\[ \]`. */
export function toField(markdown: string): string {
  return markdownToHtml(markdown, anki).replaceAll("\n", " ");
}

function anki(tex: string, display: boolean): ElementContent[] {
  const [open, close] = display ? ["\\[", "\\]"] : ["\\(", "\\)"];
  return [{ type: "text", value: open + tex.replace(/\s+/g, " ") + close }];
}

/**
 * The same for a text with gaps. Anki ends a gap at the first `}}`, so braces that TeX closes
 * together are set apart: `{{c1::\frac{a}{b} }}`.
 */
export function toClozeField(markdown: string): string {
  let number = 0;
  const apart = (tex: string) => tex.replace(/\}(?=\})/g, "} ");
  const spaced = fillGaps(markdown, (hidden, inMath) => {
    number += 1;
    if (hidden.includes("::"))
      throw new Error(`gap: ${hidden} contains "::", Anki's sign for hints`);
    const said = inMath ? apart(hidden) : hidden;
    return `{{c${number}::${said}${said.endsWith("}") ? " " : ""}}}`;
  });
  return toField(spaced);
}

/** The text of a field without its tags, as Anki sorts and compares it. */
export function plainField(html: string): string {
  const entities: Record<string, string> = {
    lt: "<",
    gt: ">",
    quot: '"',
    nbsp: "\u00a0",
    amp: "&",
  };
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(lt|gt|quot|nbsp|amp);/g, (_, name: string) => entities[name]!);
}

/**
 * Anki's checksum of a note's first field: the first 32 bits of its SHA-1, by which importers look
 * for duplicates.
 *
 *     fieldChecksum("今日")   // 1464653051
 */
export function fieldChecksum(field: string): number {
  const digest = createHash("sha1").update(plainField(field), "utf8").digest("hex");
  return parseInt(digest.slice(0, 8), 16);
}
