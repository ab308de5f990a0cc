import { readFileSync, renameSync, rmSync, statSync, writeFileSync, readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type * as nbformat from "@jupyterlab/nbformat";
import {
  KernelManager,
  ServerConnection,
  SessionManager,
  type Kernel,
  type Session,
} from "@jupyterlab/services";
import { executeNotebook, whileAlive, type CellResult } from "./execute.ts";
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
const START_LIMIT_SECONDS = 60;
const ANSWER_LIMIT_SECONDS = 10;

/**
 * Executes notebooks on a Jupyter server and checks them: no cell may fail, and outputs must equal
 * the saved ones. Returns one result for each notebook; nothing is thrown for a failing cell.
 */
export async function runNotebooks(options: RunOptions): Promise<NotebookResult[]> {
  const { jobs = 2, timeout = 120, update = false, log = console.log } = options;
  const tasks = options.paths
    .flatMap(findNotebooks)
    .map((file) => ({ file, notebook: readNotebook(file) }));
  const cells = tasks.flatMap(({ notebook }) => notebook.cells);
  const progress = new Progress(cells.filter((cell) => cell.cell_type === "code").length);

  const runOne = async (sessions: SessionManager, task: Task): Promise<NotebookResult> => {
    const started = performance.now();
    const name = relative(process.cwd(), task.file);
    const onCell = () => progress.tick(name);
    const outcome = await inKernel(sessions, options.server.root, task.file, (kernel) =>
      executeNotebook(task.notebook, kernel, { timeout, compare: !update, onCell }),
    );
    if (update && outcome.problem === undefined) writeNotebook(task.file, task.notebook);
    return { notebook: name, seconds: (performance.now() - started) / 1000, ...outcome };
  };

  const results: NotebookResult[] = [];
  await checkServer(options.server);
  await withSessions(options.server, async (sessions) => {
    const worker = async () => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        const result = await runOne(sessions, task);
        results.push(result);
        progress.clear();
        log(notebookLines(result));
      }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
  });
  log(timingTable(results));
  if (options.junit !== undefined) writeAtomically(options.junit, junit(results));
  return results;
}

/** An address or a token that is wrong is told once, not for each notebook. */
async function checkServer({ url, token }: RunOptions["server"]): Promise<void> {
  const request = {
    headers: { Authorization: `token ${token}` },
    signal: AbortSignal.timeout(ANSWER_LIMIT_SECONDS * 1000),
  };
  const answer = await fetch(`${url.replace(/\/$/, "")}/api/kernels`, request).catch(
    ({ message, cause }: Error) => {
      const why = cause instanceof Error ? cause.message : message;
      throw new Error(
        `server: ${url}. It does not answer (${why}). Start it, or check the address.`,
      );
    },
  );
  if (answer.ok) return;
  throw new Error(
    `server: ${url}. It answers ${answer.status} ${answer.statusText}. Of a Jupyter server, --server ` +
      "is the address up to the last /, and --token what follows token= in it.",
  );
}

interface Task {
  file: string;
  notebook: nbformat.INotebookContent;
}

/** Starts a kernel where the notebook lies, lets it work, and ends it again. */
async function inKernel(
  sessions: SessionManager,
  root: string,
  file: string,
  work: (kernel: Kernel.IKernelConnection) => Promise<CellResult[]>,
): Promise<Pick<NotebookResult, "cells" | "problem">> {
  const path = relative(root, file).split(sep).join("/");
  let session: Session.ISessionConnection | undefined;
  try {
    const kernel = { name: KERNEL };
    session = await sessions.startNew({ name: path, path, type: "notebook", kernel });
    if (session.kernel === null) throw new Error("kernel: none. The server started no kernel.");
    const info = await whileAlive(session.kernel.info, session.kernel, START_LIMIT_SECONDS);
    if (info === "late")
      throw new Error(`kernel: silent for ${START_LIMIT_SECONDS} s at its start.`);
    return { cells: await work(session.kernel) };
  } catch (error) {
    return { cells: [], problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await session?.shutdown().catch(() => {});
  }
}

/**
 * Lends a connection to a server. Two habits of @jupyterlab/services are kept from the user: it
 * tells console.debug of every socket, and when a kernel dies it rejects promises that nobody holds.
 */
async function withSessions(
  { url, token }: RunOptions["server"],
  work: (sessions: SessionManager) => Promise<void>,
): Promise<void> {
  const { debug } = console;
  const ignoreTheirs = (reason: unknown) => {
    const { stack = "" } = reason instanceof Error ? reason : {};
    if (!/Canceled future|@jupyterlab.services/.test(stack)) throw reason;
  };
  console.debug = () => {};
  process.on("unhandledRejection", ignoreTheirs);
  const wsUrl = url.replace(/^http/, "ws");
  const serverSettings = ServerConnection.makeSettings({ baseUrl: url, wsUrl, token });
  const kernelManager = new KernelManager({ serverSettings });
  const sessions = new SessionManager({ kernelManager, serverSettings });
  try {
    await work(sessions);
  } finally {
    for (const manager of [sessions, kernelManager]) {
      // One that is disposed keeps the timer of its next look, ten seconds away; one that looks now has none.
      manager.refreshRunning().catch(() => {});
      manager.dispose();
    }
    // Unhandled rejections are told one turn later.
    await new Promise(setImmediate);
    process.off("unhandledRejection", ignoreTheirs);
    console.debug = debug;
  }
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
