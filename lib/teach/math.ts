/**
 * TeX as plain HTML: `<i>`, `<sub>`, `<sup>` and Unicode.
 *
 * An output of a notebook has neither fonts nor style sheets of its own, an untrusted one loses
 * MathML, and not every front end typesets what an output contains. Slanted, raised and lowered
 * letters survive everywhere. KaTeX reads the TeX; its MathML is the tree that is printed here.
 */
import type { ElementContent } from "hast";
import katex from "katex";
import { type MathNode, parseMathML } from "./mathml.ts";

/**
 * A formula as nodes of an HTML tree, fractions written on the line: `(a + b)/c`.
 * Throws KaTeX's error for broken TeX, and for what a line of text cannot show (a matrix).
 *
 *     mathToHast("\\mu^2")   // <i>μ</i><sup>2</sup>
 */
export function mathToHast(tex: string): ElementContent[] {
  const options = { output: "mathml", throwOnError: true, strict: "error" } as const;
  const mathml = parseMathML(katex.renderToString(tex, options));
  try {
    return printRow([mathml], false);
  } catch (error) {
    throw new Error(`cannot write on one line: $${tex}$ (${(error as Error).message})`);
  }
}

/** Elements that only hold others, and their tree without them. */
const holders = new Set(["math", "span", "semantics", "mrow", "mstyle", "mpadded"]);

function flatten(nodes: MathNode[]): MathNode[] {
  return nodes.flatMap((node) => {
    if (node.name === "annotation") return [];
    return holders.has(node.name) ? flatten(node.children) : [node];
  });
}

/** `tight`: in a raised or lowered row operators stand without spaces. */
function printRow(nodes: MathNode[], tight: boolean): ElementContent[] {
  const items = flatten(nodes);
  return items.flatMap((node, i) => {
    const [before, after] = [items[i - 1], items[i + 1]];
    if (node.name === "mo") return operator(node, before, after, tight);
    const printed = print(node);
    const beside = [before, after].some((next) => next !== undefined && next.name !== "mo");
    // 1/2 x could be read as 1/(2x).
    return node.name === "mfrac" && beside && printed.length > 1 ? parenthesized(printed) : printed;
  });
}

function print(node: MathNode): ElementContent[] {
  const [first, second, third] = node.children;
  const base = () => raisable(first!);
  const sub = () => element("sub", printRow([second!], true));
  switch (node.name) {
    case "mi":
      return identifier(node);
    case "mn":
      return [text(node.text)];
    case "mtext":
      return [node.attributes.mathvariant === "monospace" ? code(node.text) : text(node.text)];
    case "mspace":
      return [text(space(node.attributes.width))];
    case "msub":
      return [...base(), sub()];
    case "msup":
      return [...base(), element("sup", printRow([second!], true))];
    case "msubsup":
      return [...base(), sub(), element("sup", printRow([third!], true))];
    case "msqrt":
      return [text("√"), ...atomic(node.children, /^(mi|mn|mover)$/)];
    case "mfrac":
      return fraction(first!, second!);
    case "mover":
      return accented(base(), second!);
    default:
      throw new Error(`<${node.name}>`);
  }
}

/** What a raised letter stands on: (a/b)², where without parentheses only b would be squared. */
function raisable(node: MathNode): ElementContent[] {
  const printed = printRow([node], false);
  const items = flatten([node]);
  return items.length === 1 && items[0]!.name === "mfrac" ? parenthesized(printed) : printed;
}

/** Single letters are variables and slanted; KaTeX marks what stays upright. */
function identifier(node: MathNode): ElementContent[] {
  const upright = node.attributes.mathvariant === "normal" || node.text.length > 1;
  const shown = node.text === "∣" ? "|" : node.text;
  return [upright ? text(shown) : element("i", [text(shown)])];
}

const THIN = "\u2009";
const APPLY = "\u2061";
const relations = /^[=≈≠<>≤≥←→∈∝≪≫∼]$/;
const signs = /^[+−±⋅×∘∗]$/;
const closing = /^[)\]}|∣∥‖′!⋯…]$/;
const shown: Record<string, string> = { "∗": "*", "∥": "‖", "⋅": "·", "∣": "|", [APPLY]: "" };

function operator(
  node: MathNode,
  before: MathNode | undefined,
  after: MathNode | undefined,
  tight: boolean,
): ElementContent[] {
  const sign = shown[node.text] ?? node.text;
  // A minus that follows nothing, or an operator, is a sign of the number after it.
  const prefix = before === undefined || (before.name === "mo" && !closing.test(before.text));
  if (tight) return [text(sign)];
  if (relations.test(node.text)) return [text(`${THIN}${sign}${THIN}`)];
  if (signs.test(node.text) && !prefix) return [text(`${THIN}${sign}${THIN}`)];
  if (/^[,;]$/.test(node.text)) return [text(`${sign}${THIN}`)];
  if (node.text === APPLY && after?.name !== "mo") return [text(THIN)];
  return sign === "" ? [] : [text(sign)];
}

/** The white space nearest to a width in em. */
function space(width = "0em"): string {
  const em = parseFloat(width);
  return em >= 1 ? "\u2003".repeat(Math.round(em)) : THIN;
}

const vulgar: Record<string, string> = { "1/2": "½", "1/4": "¼", "3/4": "¾", "1/3": "⅓" };

function fraction(above: MathNode, below: MathNode): ElementContent[] {
  const whole = vulgar[`${plain([above])}/${plain([below])}`];
  if (whole !== undefined) return [text(whole)];
  const printed = printRow([above], false);
  const numerator = isSum(above) ? parenthesized(printed) : printed;
  return [...numerator, text("/"), ...atomic([below], /^(mi|mn|mtext|msqrt|mover|msup|msub\w*)$/)];
}

/** Whether a sign stands outside all parentheses: a + b, but not 2(a + b). */
function isSum(node: MathNode): boolean {
  let depth = 0;
  return flatten([node]).some(({ name, text }) => {
    if (/^[([{]$/.test(text)) depth++;
    if (/^[)\]}]$/.test(text)) depth--;
    return depth === 0 && (name === "mfrac" || signs.test(text) || relations.test(text));
  });
}

/** In parentheses, unless it is one thing of the given kinds. */
function atomic(nodes: MathNode[], kinds: RegExp): ElementContent[] {
  const items = flatten(nodes);
  const printed = printRow(nodes, false);
  return items.length === 1 && kinds.test(items[0]!.name) ? printed : parenthesized(printed);
}

const accents: Record<string, string> = { "^": "\u0302", ˉ: "\u0304", "~": "\u0303" };

function accented(base: ElementContent[], accent: MathNode): ElementContent[] {
  const mark = accents[accent.text];
  const [only] = base;
  const letter = only?.type === "element" ? only.children[0] : only;
  if (mark === undefined || base.length !== 1 || letter?.type !== "text") {
    throw new Error(`accent ${accent.text}`);
  }
  letter.value = (letter.value + mark).normalize("NFC");
  return base;
}

function plain(nodes: MathNode[]): string {
  return flatten(nodes)
    .map((node) => node.text + plain(node.children))
    .join("");
}

function parenthesized(nodes: ElementContent[]): ElementContent[] {
  return [text("("), ...nodes, text(")")];
}

function text(value: string): ElementContent {
  return { type: "text", value };
}

function code(value: string): ElementContent {
  return element("code", [text(value)]);
}

function element(tagName: string, children: ElementContent[]): ElementContent {
  return { type: "element", tagName, properties: {}, children };
}
