import type { CellResult } from "./execute.ts";

export interface NotebookResult {
  /** Path as the user gave it. */
  notebook: string;
  seconds: number;
  cells: CellResult[];
  /** Set when the notebook could not be run at all. */
  problem?: string;
}

/** A progress bar on a terminal; in a log, nothing until a notebook is done. */
export class Progress {
  #done = 0;
  constructor(
    readonly total: number,
    readonly out: NodeJS.WriteStream = process.stderr,
  ) {}

  tick(notebook: string): void {
    this.#done += 1;
    if (!this.out.isTTY) return;
    const share = this.#done / Math.max(1, this.total);
    const bar = "█".repeat(Math.round(share * 24)).padEnd(24, "░");
    this.out.write(`\r\x1b[K${bar} ${this.#done}/${this.total} ${notebook}`);
  }

  clear(): void {
    if (this.out.isTTY) this.out.write("\r\x1b[K");
  }
}

/** The lines printed when a notebook is done: one for it, and one block for each failing cell. */
export function notebookLines({ notebook, seconds, cells, problem }: NotebookResult): string {
  const failed = cells.filter((cell) => cell.status === "failed");
  const mark = failed.length > 0 || problem !== undefined ? "✗" : "✓";
  const lines = [`${mark} ${notebook}  ${cells.length} cells  ${seconds.toFixed(1)} s`];
  if (problem !== undefined) lines.push(indent(problem));
  for (const cell of failed) lines.push(`  ✗ ${cell.cell}`, indent(cell.problem ?? ""));
  return lines.join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "      ");
}

/** The slowest cells of a run, so that a slow chapter is seen before it is felt. */
export function timingTable(results: NotebookResult[], rows = 5): string {
  const cells = results.flatMap(({ notebook, cells }) =>
    cells.map((cell) => ({ notebook, ...cell })),
  );
  const slowest = cells.sort((a, b) => b.seconds - a.seconds).slice(0, rows);
  const line = (cell: (typeof slowest)[number]) =>
    `  ${cell.seconds.toFixed(2).padStart(7)} s  ${cell.notebook} ${cell.cell}`;
  return ["slowest cells:", ...slowest.map(line)].join("\n");
}

/** JUnit XML: a suite for each notebook, a case for each code cell. */
export function junit(results: NotebookResult[]): string {
  const suites = results.map(({ notebook, seconds, cells, problem }) => {
    const whole =
      problem === undefined
        ? []
        : [{ cell: "notebook", status: "failed" as const, seconds, problem }];
    const cases = [...whole, ...cells];
    const failures = cases.filter((cell) => cell.status === "failed").length;
    const head =
      `<testsuite name="${escape(notebook)}" tests="${cases.length}" failures="${failures}"` +
      ` time="${seconds.toFixed(3)}">`;
    return [head, ...cases.map((cell) => testCase(notebook, cell)), "</testsuite>"].join("\n");
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>\n`;
}

function testCase(notebook: string, { cell, status, seconds, problem }: CellResult): string {
  const body =
    status === "failed"
      ? `<failure>${escape(problem ?? "")}</failure>`
      : status === "skipped"
        ? "<skipped/>"
        : "";
  return (
    `<testcase classname="${escape(notebook)}" name="${escape(cell)}" time="${seconds.toFixed(3)}">` +
    `${body}</testcase>`
  );
}

/** Escapes XML and drops what XML 1.0 cannot hold, the colours of a traceback first of all. */
function escape(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text
    .replace(/\x1b\[[0-9;]*m/g, "")
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, "")
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
