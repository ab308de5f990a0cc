/** A card's text with gaps, `{{c1::hidden}}`, the way Anki writes them. */

/** Replaces every gap; `inMath` says whether it stands inside a formula. */
export function fillGaps(
  markdown: string,
  fill: (hidden: string, inMath: boolean) => string,
): string {
  let filled = "";
  let rest = markdown;
  for (let gap = findGap(rest); gap !== undefined; gap = findGap(rest)) {
    filled += rest.slice(0, gap.start);
    filled += fill(gap.hidden, insideMath(filled));
    rest = rest.slice(gap.end);
  }
  return filled + rest;
}

export function hasGaps(markdown: string): boolean {
  return findGap(markdown) !== undefined;
}

interface Gap {
  start: number;
  end: number;
  hidden: string;
}

/** The first gap. Braces inside it are counted: `{{c1::\frac{a}{b}}}` hides `\frac{a}{b}`. */
function findGap(markdown: string): Gap | undefined {
  const opening = /\{\{c\d+::/.exec(markdown);
  if (opening === null) return undefined;
  const from = opening.index + opening[0].length;
  let depth = 0;
  for (let at = from; at < markdown.length; at++) {
    if (depth === 0 && markdown.startsWith("}}", at)) {
      const hidden = markdown.slice(from, at).trim();
      return { start: opening.index, end: at + 2, hidden };
    }
    if (markdown[at] === "{") depth++;
    if (markdown[at] === "}") depth--;
  }
  throw new Error(`gap without an end: ${markdown.slice(opening.index)}. Close it with }}`);
}

/** An odd number of `$` signs (`$$` counts as one) before a place means a formula is open. */
function insideMath(before: string): boolean {
  return (before.match(/\$\$?/g)?.length ?? 0) % 2 === 1;
}
