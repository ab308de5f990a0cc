import type { ElementContent, Root } from "hast";
import {
  rehypeStringify,
  remarkMath,
  remarkParse,
  remarkRehype,
  unified,
} from "./packages/markdown.ts";
import { mathToHast } from "./math.ts";

/** How a formula is written: in the line, or on a line of its own. */
export type MathPrinter = (tex: string, display: boolean) => ElementContent[];

interface MathInSource {
  value: string;
  position?: { start: { offset?: number } };
}

/**
 * Markdown with maths between `$` (or, on a line of its own, `$$`) as HTML. Raw HTML is refused:
 * the same text is shown in notebooks, on cards and in consoles.
 *
 *     markdownToHtml("$\\mu^2$")   // <p><span style="..."><i>μ</i><sup>2</sup></span></p>
 */
export function markdownToHtml(markdown: string, math: MathPrinter = mathAsHtml): string {
  return unified().use(rehypeStringify).stringify(toTree(markdown, math));
}

/** The same for one paragraph, without the paragraph around it. */
export function inlineToHtml(markdown: string, math: MathPrinter = mathAsHtml): string {
  const tree = toTree(markdown, math);
  const [only, more] = tree.children;
  const one = more === undefined && only?.type === "element" && only.tagName === "p";
  return unified()
    .use(rehypeStringify)
    .stringify(one ? { type: "root", children: only.children } : tree);
}

/** The same as text for a console: `μ²`, `θ_t`. */
export function markdownToText(markdown: string): string {
  const tree = toTree(markdown, (tex) => mathToHast(tex));
  return tree.children.map(plain).join("").trim();
}

const serif = "font-family:'STIX Two Text','Cambria Math',Cambria,'Times New Roman',serif";
/** A short formula is not torn apart at the end of a line. */
const whole = "white-space:nowrap";
const ownLine = "display:block;text-align:center;margin:0.6em 0";

function mathAsHtml(tex: string, display: boolean): ElementContent[] {
  const children = mathToHast(tex);
  const short = children.map(plain).join("").length <= 24;
  const place = display ? `;${ownLine}` : short ? `;${whole}` : "";
  const style = `${serif};font-size:1.08em${place}`;
  return [{ type: "element", tagName: "span", properties: { style }, children }];
}

function toTree(markdown: string, math: MathPrinter): Root {
  const formula = (node: MathInSource, alone: boolean): ElementContent[] => {
    const start = node.position?.start.offset ?? 0;
    return math(node.value.trim(), alone || markdown.startsWith("$$", start));
  };
  const handlers = {
    inlineMath: (_: unknown, node: MathInSource) => formula(node, false),
    math: (_: unknown, node: MathInSource) => formula(node, true),
    html: (_: unknown, node: { value: string }) => {
      throw new Error(`raw HTML in Markdown: ${node.value}. Write it as text or as \`code\``);
    },
  };
  const processor = unified().use(remarkParse).use(remarkMath).use(remarkRehype, { handlers });
  return processor.runSync(processor.parse(markdown)) as Root;
}

const raised = new Map(
  [..."0123456789+−=()nit*"].map((c, i) => [c, [..."⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵗ*"][i]!]),
);
const lowered = new Map(
  [..."0123456789+−=()ijt"].map((c, i) => [c, [..."₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₜ"][i]!]),
);

function plain(node: Root["children"][number]): string {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return "";
  const inner = node.children.map(plain).join("");
  if (node.tagName === "sup") return script(inner, raised, "^");
  if (node.tagName === "sub") return script(inner, lowered, "_");
  if (node.tagName === "code") return `\`${inner}\``;
  return node.tagName === "li" ? `- ${inner.trim()}` : inner;
}

function script(inner: string, letters: Map<string, string>, sign: string): string {
  const all = [...inner].map((letter) => letters.get(letter));
  if (all.every((letter) => letter !== undefined)) return all.join("");
  return inner.length === 1 ? sign + inner : `${sign}(${inner})`;
}
