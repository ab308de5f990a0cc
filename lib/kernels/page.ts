import { printFormula, printPlainPseudocode, printPseudocode } from "./formula.ts";
import { printJs } from "./js.ts";
import type { Options, OptionValue, Rule } from "./rule.ts";
import { specialise } from "./specialise.ts";
import { printWat } from "./wat.ts";
import { printWgsl } from "./gpu/wgsl.ts";

const show = (value: OptionValue) => (Array.isArray(value) ? `[${value.join(", ")}]` : `${value}`);
const fence = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;

/**
 * Everything that can be printed from a rule, as one Markdown page: where it comes from, options and
 * state, formula, algorithm, and the loops that run, for the given options (defaults where absent).
 *
 * @example
 * printPage(SGD.rule).split("\n")[0] // "# SGD"
 */
export function printPage(rule: Rule, options: Options = {}): string {
  const program = specialise(rule, options);
  const later = (condition: string) => condition !== "first";
  const defaults = Object.entries(rule.defaults).map(([name, value]) => {
    return `| \`${name}\` | ${show(value)} |`;
  });
  const states = Object.entries(rule.state).map(([name, { symbol, start = 0, scalar }]) => {
    return `| \`${name}\` | \`${symbol}\` | ${scalar ? "one number" : "as the parameter"} | ${start} |`;
  });
  return [
    `# ${rule.name}`,
    ...rule.papers.map((paper) => `- ${paper}`),
    "## Rule",
    fence("text", printPlainPseudocode(rule)),
    "## Formula",
    fence("math", printFormula(rule, options)),
    "## Algorithm",
    fence("math", printPseudocode(rule)),
    "## Options",
    ["| option | default |", "| --- | --- |", ...defaults].join("\n"),
    ...(states.length === 0
      ? []
      : [
          "## State",
          ["| name | in the rule | size | start |", "| --- | --- | --- | --- |", ...states].join(
            "\n",
          ),
        ]),
    "## JavaScript",
    fence("js", printJs(program).source),
    "## WebAssembly",
    fence("wat", printWat(program, later).source),
    "## WGSL",
    fence("wgsl", printWgsl(program, later).source),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n")
    .replace(/(^- .*)\n\n(?=- )/gm, "$1\n");
}
