import { readFileSync, renameSync, rmSync, statSync, writeFileSync, readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type * as nbformat from "@jupyterlab/nbformat";
import { KernelManager, ServerConnection, SessionManager } from "@jupyterlab/services";
import { executeNotebook } from "./execute.ts";
import { junit, notebookLines, Progress, timingTable, type NotebookResult } from "./report.ts";

export interface RunOptions {
  /** Notebooks, or folders that are searched for them. */
  paths: string[];
  /** A Jupyter server (the embedded one, JupyterHub's, any other), its token and its root folder. */
  server: { url: string; token: string; root: string };
  /** How many notebooks run at once, each in its own kernel. Default 2. */
  jobs?: number;
  /** Seconds for one cell. Default 120. */
  timeout?: number;
  /** Write the new outputs into the notebooks instead of comparing them with the saved ones. */
  update?: boolean;
  /** Where to write a JUnit report. */
  junit?: string;
  log?(line: string): void;
}

const KERNEL = "downhill";
const START_LIMIT_MS = 60_000;

/**
 * Executes notebooks on a Jupyter server and checks them: no cell may fail, and outputs must equal
 * the saved ones. Returns one result for each notebook; nothing is thrown for a failing cell.
 */
export async function runNotebooks(options: RunOptions): Promise<NotebookResult[]> {
  const { jobs = 2, timeout = 120, update = false, log = console.log } = options;
  const files = options.paths.flatMap(findNotebooks);
  const notebooks = files.map((file) => ({ file, notebook: readNotebook(file) }));
  const total = notebooks
    .flatMap(({ notebook }) => notebook.cells)
    .filter((cell) => cell.cell_type === "code").length;
  const progress = new Progress(total);

  const serverSettings = ServerConnection.makeSettings({
    baseUrl: options.server.url,
    wsUrl: options.server.url.replace(/^http/, "ws"),
    token: options.server.token,
  });
  const kernelManager = new KernelManager({ serverSettings });
  const sessions = new SessionManager({ kernelManager, serverSettings });

  const runOne = async ({
    file,
    notebook,
  }: (typeof notebooks)[number]): Promise<NotebookResult> => {
    const started = performance.now();
    const name = relative(process.cwd(), file);
    const done = (rest: Pick<NotebookResult, "cells" | "problem">) => ({
      notebook: name,
      seconds: (performance.now() - started) / 1000,
      ...rest,
    });
    const path = relative(options.server.root, file).split(sep).join("/");
    const session = await sessions.startNew({
      name,
      path,
      type: "notebook",
      kernel: { name: KERNEL },
    });
    const kernel = session.kernel;
    if (kernel === null)
      return done({ cells: [], problem: "kernel: none. The server started no kernel." });
    try {
      await answers(kernel.info);
      const cells = await executeNotebook(notebook, kernel, {
        timeout,
        compare: !update,
        onCell: () => progress.tick(name),
      });
      if (update) writeNotebook(file, notebook);
      return done({ cells });
    } finally {
      await session.shutdown();
    }
  };

  // @jupyterlab/services tells console.debug of every socket it opens.
  const { debug } = console;
  console.debug = () => {};
  const results: NotebookResult[] = [];
  const waiting = [...notebooks];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { file } = next;
      const result = await runOne(next).catch((error: unknown): NotebookResult => ({
        notebook: relative(process.cwd(), file),
        seconds: 0,
        cells: [],
        problem: String(error),
      }));
      results.push(result);
      progress.clear();
      log(notebookLines(result));
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, worker));
  } finally {
    console.debug = debug;
    sessions.dispose();
    kernelManager.dispose();
  }
  log(timingTable(results));
  if (options.junit !== undefined) writeAtomically(options.junit, junit(results));
  return results;
}

async function answers<T>(info: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const problem = new Error(`kernel: silent for ${START_LIMIT_MS / 1000} s after its start.`);
    timer = setTimeout(reject, START_LIMIT_MS, problem);
  });
  return Promise.race([info, limit]).finally(() => clearTimeout(timer));
}

/** Did every cell of every notebook pass? */
export function allPassed(results: NotebookResult[]): boolean {
  return results.every(
    ({ cells, problem }) =>
      problem === undefined && cells.every((cell) => cell.status !== "failed"),
  );
}

function findNotebooks(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new Error(`notebook: ${path}. There is no such file or folder.`);
  if (stat.isFile()) return [resolve(path)];
  const found = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ipynb") && !name.includes(".ipynb_checkpoints"))
    .map((name) => resolve(join(path, name)))
    .sort();
  if (found.length === 0) throw new Error(`notebook: ${path}. The folder holds no .ipynb file.`);
  return found;
}

function readNotebook(file: string): nbformat.INotebookContent {
  try {
    const notebook = JSON.parse(readFileSync(file, "utf8")) as nbformat.INotebookContent;
    if (Array.isArray(notebook.cells)) return notebook;
  } catch (error) {
    throw new Error(`notebook: ${file}. It is not JSON (${(error as Error).message}).`);
  }
  throw new Error(`notebook: ${file}. It has no cells; notebook format 4 is known.`);
}

function writeNotebook(file: string, notebook: nbformat.INotebookContent): void {
  writeAtomically(file, `${JSON.stringify(notebook, null, 1)}\n`);
}

/** All or nothing: a reader never sees half a file. */
function writeAtomically(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}
