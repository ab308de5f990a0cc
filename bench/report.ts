import { cpus, release, totalmem, type } from "node:os";
import { format } from "prettier";

/** What a bench found. Cells are texts, so that each bench says its own units and digits. */
export interface Report {
  /** What is compared, how often, and what the figures are: medians, ratios, of what. */
  about: string;
  /** Every peer: its version, or what to install where it is missing. */
  peers: Record<string, string>;
  tables: Table[];
  /** SVG by file name, kept beside the page. */
  pictures?: Record<string, string>;
}

export interface Table {
  title: string;
  head: string[];
  rows: string[][];
}

/** The report as a Markdown page that names the machine, the versions and the day. */
export async function toMarkdown(command: string, report: Report): Promise<string> {
  const versions = { Node: process.version, ...report.peers };
  const page = [
    `# \`${command}\``,
    report.about,
    `${today()}, on ${machine()}.`,
    Object.entries(versions)
      .map(([name, version]) => `- ${name}: ${version}`)
      .join("\n"),
    ...Object.keys(report.pictures ?? {}).map((file) => `![${command}](${file})`),
    ...report.tables.flatMap(({ title, head, rows }) => [
      `## ${title}`,
      [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map(line).join("\n"),
    ]),
  ].join("\n\n");
  return format(page, { parser: "markdown" });
}

/** The middle value; of an even number, the upper of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which `share` of the values lie: `quantile(times, 0.95)`. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error("quantile: of no values. One at least is needed.");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

const line = (cells: string[]) =>
  `| ${cells.map((each) => each.replaceAll("|", "\\|")).join(" | ")} |`;

const today = () => new Date().toISOString().slice(0, 10);

function machine(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cores[0]?.model.trim() ?? "an unknown CPU"}, ${cores.length} cores, ${memory} GiB, ${type()} ${release()}`;
}
