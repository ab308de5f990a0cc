import { fillGaps } from "./cloze.ts";
import type { MimeBundle } from "./display.ts";
import { markdownToHtml, markdownToText } from "./markdown.ts";
import type { Card, Lang } from "./record.ts";
import { inlineStyles, styleElement } from "./style.ts";
import { words } from "./words.ts";

/** Cards as `<details>`: no script is needed to turn one over, by mouse or by keyboard. */
export function cardBundle(cards: Card[], lang: Lang): MimeBundle {
  const html = cards.map((card) => cardHtml(card, lang)).join("");
  return {
    "text/html": `<div class="downhill-cards" lang="${lang}">${html}</div>` + styleElement("card"),
    "text/plain": cards.map((card) => cardText(card, lang)).join("\n\n"),
  };
}

function cardHtml(card: Card, lang: Lang): string {
  const { front, back } = sides(card, lang);
  const { card: heading, showAnswer } = words[lang];
  return [
    `<details class="downhill-card" style="${inlineStyles.panel}">`,
    // JupyterLab would take Enter for itself; it asks the focused element.
    `<summary style="cursor:pointer" data-lm-suppress-shortcuts="true">`,
    `<b class="downhill-badge">${heading}</b>`,
    `${markdownToHtml(front)}<span class="downhill-hint" style="${inlineStyles.hint}">`,
    `${showAnswer}</span></summary>`,
    `<div class="downhill-back" style="${inlineStyles.back}">${markdownToHtml(back)}</div>`,
    "</details>",
  ].join("");
}

function cardText(card: Card, lang: Lang): string {
  const { front, back } = sides(card, lang);
  return `${markdownToText(front)}\n→ ${markdownToText(back)}`;
}

/** A gap is dots on the front; the back says the whole sentence again, filled. */
function sides({ front, back }: Card, lang: Lang): { front: string; back: string } {
  const { gap } = words[lang];
  const asked = fillGaps(front[lang], (_, inMath) => (inMath ? `\\text{${gap}}` : gap));
  const told = fillGaps(front[lang], (hidden, inMath) => (inMath ? hidden : `**${hidden}**`));
  const answer = fillGaps(back[lang], (hidden) => hidden);
  return { front: asked, back: asked === front[lang] ? answer : `${told}\n\n${answer}` };
}
