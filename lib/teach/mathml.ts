/** A node of KaTeX's MathML: an element with its children, or with its text. */
export interface MathNode {
  name: string;
  attributes: Record<string, string>;
  children: MathNode[];
  text: string;
}

/** Reads KaTeX's output, which is well-formed by construction and needs no XML library. */
export function parseMathML(mathml: string): MathNode {
  const top: MathNode = { name: "math", attributes: {}, children: [], text: "" };
  const open = [top];
  for (const [, tag, attributes = "", words] of mathml.matchAll(/<(\/?\w+)([^>]*)>|([^<]+)/g)) {
    const parent = open.at(-1)!;
    if (tag === undefined) parent.text += unescape(words!);
    else if (tag.startsWith("/")) open.pop();
    else {
      const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, v]) => [key, v]);
      const node = { name: tag, attributes: Object.fromEntries(pairs), children: [], text: "" };
      parent.children.push(node);
      if (!attributes.endsWith("/")) open.push(node);
    }
  }
  return top;
}

function unescape(words: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', "#x27": "'" };
  return words.replace(/&(#?\w+);/g, (all, name: string) => entities[name] ?? all);
}
