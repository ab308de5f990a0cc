import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { parse } from "yaml";
import { fromRoot } from "../../../root.ts";
import { TestKernel, withoutColours } from "../client.ts";
import type { Execution, Received, StartOptions } from "../client.ts";

/** What one cell did, in words that both kernels can be compared in. Empty fields are left out. */
export interface Outcome {
  status?: "error" | "abort";
  text?: string;
  stderr?: string;
  error?: string;
  /** `new text/html: <b>x</b>`, `update 2 text/plain: 50 %`: the second display of the notebook. */
  display?: string[];
}

export interface Cell {
  code: string;
  /** The cell fails in both kernels. */
  status?: "error";
  /** It is sent at once after a failed one, not after tslab's pause of 200 ms. */
  soon?: true;
  /** Names a reason in differences.yml; then each kernel's own outcome follows. */
  differs?: string;
  tslab?: Outcome;
  downhill?: Outcome;
}

export interface Notebook {
  files?: Record<string, string>;
  cells: Cell[];
}

const folder = fromRoot("test", "kernel", "tslab");

export function readYaml<T>(name: string): T {
  return parse(readFileSync(join(folder, `${name}.yml`), "utf8")) as T;
}

/** After an error tslab drops every request for this long. */
const PAUSE_MS = 250;
const START_MS = 30_000;

const tslabArgv = [
  process.execPath,
  fromRoot("node_modules", "tslab", "bin", "tslab"),
  "kernel",
  "--config-path",
  "{connection_file}",
];

/** Runs a notebook from its first cell to its last in a kernel of its own. */
export async function runNotebook(
  { files = {}, cells }: Notebook,
  kernelName: "tslab" | "downhill",
): Promise<Outcome[]> {
  const kernel = await started(kernelName === "tslab" ? { argv: tslabArgv } : {});
  try {
    for (const [name, text] of Object.entries(files)) {
      const file = join(kernel.folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const outcome = kernelName === "tslab" ? tslabOutcome : downhillOutcome;
    const displays = new Displays();
    const outcomes: Outcome[] = [];
    for (const [i, cell] of cells.entries()) {
      const before = outcomes[i - 1];
      if (kernelName === "tslab" && before?.status && !cell.soon) await sleep(PAUSE_MS);
      const text = JSON.stringify(outcome(await kernel.execute(cell.code), displays));
      outcomes.push(JSON.parse(text.replaceAll(kernel.folder, ".")) as Outcome);
    }
    return outcomes;
  } finally {
    await kernel.stop();
  }
}

/** tslab ends when it is asked while it still binds its sockets (EBUSY); then it is started anew. */
async function started(options: StartOptions, attempts = 3): Promise<TestKernel> {
  const kernel = await TestKernel.spawn({ ...options, env: { NO_COLOR: "1" } });
  try {
    await heard(kernel);
    return kernel;
  } catch (error) {
    await kernel.stop();
    if (attempts === 1 || !kernel.stderr.includes("EBUSY")) throw error;
    return started(options, attempts - 1);
  }
}

/** Waits until the kernel answers and its IOPub is heard; tslab has no `iopub_welcome`. */
async function heard(kernel: TestKernel): Promise<void> {
  for (const limit = Date.now() + START_MS; Date.now() < limit; await sleep(50)) {
    await kernel.request("kernel_info_request", {});
    if (kernel.all.some((each) => each.channel === "iopub")) return;
  }
  throw new Error(`kernel: its IOPub was not heard in ${START_MS / 1000} s`);
}

/** tslab prints the value of a cell, and an error, as text; a failed cell's stderr is its error. */
function tslabOutcome({ reply, messages, stdout, stderr }: Execution, displays: Displays): Outcome {
  const { status } = reply as { status: "ok" | "error" | "abort" };
  return outcomeOf({
    status: status === "ok" ? undefined : status,
    text: stdout,
    ...(status === "error" ? { error: firstError(stderr) } : { stderr }),
    display: displays.shown(messages),
  });
}

function downhillOutcome(done: Execution, displays: Displays): Outcome {
  const { reply, messages, stdout, stderr, result } = done;
  const failed = reply.status === "error";
  return outcomeOf({
    status: failed ? "error" : undefined,
    text: stdout + (result === undefined ? "" : `${result}\n`),
    stderr,
    ...(failed ? { error: firstError(errorText(reply as ErrorReply)) } : {}),
    display: displays.shown(messages),
  });
}

type ErrorReply = { ename: string; evalue: string };

/** In tslab's words: `1:7 - Type ...` for what its compiler finds, else `Name: message`. */
function errorText({ ename, evalue }: ErrorReply): string {
  // What is thrown need not be an error.
  if (ename === "Uncaught") return evalue;
  if (ename !== "TypeScriptError") return `${ename}: ${evalue}`;
  const [, message, line] = /^([^]*) \(TS\d+, line (\d+)\)$/.exec(evalue)!;
  return `${line}:0 - ${message}`;
}

/** The first line, without the column, the stack, and the word that Node puts before it. */
function firstError(text: string): string {
  const lines = withoutColours(text).split("\n");
  // Node puts the place of a SyntaxError before it.
  const named = /^(evalmachine|node:|<anonymous)/.test(lines[0]!)
    ? lines.find((line) => /^\w*Error: /.test(line))
    : "";
  return (named || lines[0]!)
    .replace(/^(\S+ )?(\d+):\d+ - /, "line $2: ")
    .replace(/^Uncaught /, "")
    .slice(0, 200);
}

/** The number of each display that can be replaced, in the order of appearance. */
class Displays {
  readonly #numbers = new Map<string, number>();
  #count = 0;

  /** Lines such as `new text/html: <b>x</b>` and `update 3 text/plain: 50 %`. */
  shown(messages: Received[]): string[] {
    return messages
      .filter(({ type }) => /display_data$/.test(type))
      .map(({ type, content: { data, transient } }) => {
        const id = String(transient.display_id);
        const isNew = type === "display_data";
        if (isNew) this.#numbers.set(id, ++this.#count);
        const verb = isNew ? "new" : `update ${this.#numbers.get(id) ?? "of nothing"}`;
        return Object.entries(data as Record<string, unknown>)
          .map(([mime, value]) => `${verb} ${mime}: ${String(value)}`)
          .join(" and ");
      });
  }
}

/** Without the fields that are empty, and without the line break at the end. */
function outcomeOf(outcome: Record<keyof Outcome, unknown> | object): Outcome {
  const entries = Object.entries(outcome).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === "string" ? withoutColours(value).replace(/\n$/, "") : value,
  ]);
  const said = entries.filter(([, value]) => value && (value as string | unknown[]).length > 0);
  return Object.fromEntries(said) as Outcome;
}
