import type { LeafDirective } from "mdast-util-directive";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type Options, printFormula, printPseudocode, type Rule } from "../lib/kernels/index.ts";
import * as optim from "../lib/optim/index.ts";
import { lookup } from "../lib/teach/known.ts";
import type { Lang } from "../lib/teach/record.ts";
import { fromRoot } from "../root.ts";

interface Quote {
  text: string;
  source: Record<Lang, string>;
  /** The page where it stands today. */
  link: string;
  /** Where it was read; a name or a number is the same in both languages. */
  versions: Record<Lang, string> | string;
}

/** What `::name[subject]{options}` stands for, as Markdown. */
const inserts: Record<string, (subject: string, options: Options, lang: Lang) => string> = {
  formula: (subject, options) => display(printFormula(ruleOf(subject, options), options)),
  pseudocode: (subject) => display(printPseudocode(ruleOf(subject))),
  quote: (subject, _, lang) => quotation(lookup("quote", quotes(), subject), lang),
};

/**
 * The Markdown of one generated piece: a formula or an algorithm printed from the optimizer's own
 * rule, or a quotation. Throws an Error that says what is known.
 */
export function insert(leaf: LeafDirective, lang: Lang): string {
  const make = lookup("insert", inserts, leaf.name);
  const [label] = leaf.children;
  const options: Options = Object.fromEntries(
    Object.entries(leaf.attributes ?? {}).map(([key, value]) => [key, plain(key, value ?? "")]),
  );
  return make(label?.type === "text" ? label.value : "", options, lang);
}

function ruleOf(name: string, options: Options = {}): Rule {
  const rules: Record<string, Rule> = {};
  for (const [key, value] of Object.entries(optim)) {
    if (typeof value === "function" && "rule" in value) rules[key] = value.rule as Rule;
  }
  const rule = lookup("optimizer", rules, name);
  for (const option of Object.keys(options)) lookup("option", rule.defaults, option);
  return rule;
}

/** An attribute as TypeScript reads it: a number, true or false. */
function plain(key: string, text: string): number | boolean {
  if (text === "true" || text === "false") return text === "true";
  if (text !== "" && Number.isFinite(Number(text))) return Number(text);
  throw new Error(`option ${key}: "${text}"; write a number, true or false`);
}

function display(tex: string): string {
  return `$$\n${tex}\n$$`;
}

let known: Record<string, Quote> | undefined;

/** All quotations of the book; parsing them takes 20 ms. */
function quotes(): Record<string, Quote> {
  const file = fromRoot("notebooks", "quotes.yml");
  return (known ??= parse(readFileSync(file, "utf8")) as Record<string, Quote>);
}

function quotation({ text, link, ...told }: Quote, lang: Lang): string {
  const source = told.source?.[lang];
  const versions = typeof told.versions === "string" ? told.versions : told.versions?.[lang];
  for (const [name, said] of Object.entries({ text, source, link, versions })) {
    if (!said) throw new Error(`quote "${text}": no ${name} in ${lang} in notebooks/quotes.yml`);
  }
  const said = `> “${text}”\n>\n> — [${source}](${link})`;
  return lang === "zh" ? `${said}（${versions}）` : `${said} (${versions})`;
}
