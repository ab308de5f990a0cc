import type * as nbformat from "@jupyterlab/nbformat";
import type { Kernel, KernelMessage } from "@jupyterlab/services";
import { canonical, NotebookOutputs } from "./outputs.ts";

export interface CellResult {
  cell: string;
  status: "passed" | "failed" | "skipped";
  seconds: number;
  /** Why the cell failed: the kernel's traceback, a changed output, a limit. */
  problem?: string;
}

export interface ExecuteOptions {
  /** Seconds a cell may run before it is interrupted and counted as failed. */
  timeout: number;
  /** Compare what comes out with the outputs saved in the notebook. */
  compare: boolean;
  onCell(result: CellResult): void;
}

/** How long an interrupted kernel may take to give the cell up before it counts as dead. */
const GRACE_SECONDS = 10;

/**
 * Runs the code cells of a notebook in order through a live kernel and replaces their outputs in
 * `notebook`. Every cell runs, also after a failure, so that one run reports all failing cells.
 *
 * Tags: `skip-execution` leaves a cell alone, `raises-exception` demands an error (the saved
 * output says which), `volatile` exempts its outputs from the comparison.
 */
export async function executeNotebook(
  notebook: nbformat.INotebookContent,
  kernel: Kernel.IKernelConnection,
  options: ExecuteOptions,
): Promise<CellResult[]> {
  const outputs = new NotebookOutputs();
  kernel.iopubMessage.connect((_, message) => outputs.receive(message));
  const results: CellResult[] = [];
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code") continue;
    const name = typeof cell.id === "string" ? cell.id : `cell ${index + 1}`;
    const result = {
      cell: name,
      ...(await runCell(cell as nbformat.ICodeCell, kernel, outputs, options)),
    };
    results.push(result);
    options.onCell(result);
  }
  return results;
}

async function runCell(
  cell: nbformat.ICodeCell,
  kernel: Kernel.IKernelConnection,
  outputs: NotebookOutputs,
  options: ExecuteOptions,
): Promise<Omit<CellResult, "cell">> {
  const source = Array.isArray(cell.source) ? cell.source.join("") : cell.source;
  const tags = (cell.metadata.tags ?? []) as string[];
  if (tags.includes("skip-execution") || source.trim() === "")
    return { status: "skipped", seconds: 0 };

  const before = { outputs: cell.outputs, wasRun: cell.execution_count !== null };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const failed = (problem: string) => ({ status: "failed" as const, seconds: seconds(), problem });

  const future = kernel.requestExecute({ code: source, stop_on_error: false, allow_stdin: false });
  const fresh = outputs.open(future.msg.header.msg_id);
  let reply: KernelMessage.IExecuteReplyMsg;
  try {
    reply = await withinLimit(future.done, kernel, options.timeout);
  } catch (error) {
    cell.outputs = fresh;
    return failed(String(error instanceof Error ? error.message : error));
  }
  cell.outputs = fresh;
  cell.execution_count = reply.content.execution_count ?? null;

  const raised = reply.content.status === "ok" ? null : reply.content;
  if (tags.includes("raises-exception")) {
    if (raised === null)
      return failed("error: none. The cell is tagged raises-exception and must throw.");
    const expected = before.outputs.find((output) => output.output_type === "error");
    const ename = raised.status === "error" ? raised.ename : raised.status;
    if (options.compare && expected !== undefined && expected.ename !== ename) {
      return failed(`error: ${ename}. The notebook says ${String(expected.ename)}.`);
    }
  } else if (raised !== null) {
    return failed(
      raised.status === "error" ? raised.traceback.join("\n") : "The kernel aborted the cell.",
    );
  }
  const mustMatch = options.compare && before.wasRun && !tags.includes("volatile");
  if (mustMatch && canonical(before.outputs) !== canonical(fresh)) {
    return failed(describeChange(canonical(before.outputs), canonical(fresh)));
  }
  return { status: "passed", seconds: seconds() };
}

/** Waits for a reply; past the limit interrupts the cell, and gives the kernel up if that fails. */
async function withinLimit<T>(
  done: Promise<T>,
  kernel: Kernel.IKernelConnection,
  limit: number,
): Promise<T> {
  const reply = await whileAlive(done, kernel, limit);
  if (reply !== "late") return reply;
  await kernel.interrupt();
  await whileAlive(done, kernel, GRACE_SECONDS);
  throw new Error(`time: over ${limit} s. The cell was interrupted; --timeout raises the limit.`);
}

/** What a kernel was asked for, or "late" after so many seconds. Rejects when the kernel ends. */
export async function whileAlive<T>(
  done: Promise<T>,
  kernel: Kernel.IKernelConnection,
  seconds: number,
): Promise<T | "late"> {
  let stopWaiting = () => {};
  const otherwise = new Promise<"late">((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000, "late");
    const watch = (_: unknown, status: Kernel.Status) => {
      if (!["dead", "autorestarting", "restarting"].includes(status)) return;
      reject(new Error(`kernel: ${status}. It ended before it answered.`));
    };
    kernel.statusChanged.connect(watch);
    stopWaiting = () => {
      clearTimeout(timer);
      kernel.statusChanged.disconnect(watch);
    };
  });
  return Promise.race([done, otherwise]).finally(stopWaiting);
}

function describeChange(before: string, after: string): string {
  const old = before.split("\n");
  const now = after.split("\n");
  const at = old.findIndex((line, index) => line !== now[index]);
  const line = at < 0 ? old.length : at;
  const show = (lines: string[]) => (lines[line] ?? "(nothing)").trim().slice(0, 200);
  return (
    `output: changed. Saved: ${show(old)}\n        now:   ${show(now)}\n` +
    "Run with --update when the new output is right."
  );
}
