import process from "node:process";
import { setTimeout } from "node:timers";
import type { MessagePort } from "node:worker_threads";
import { CELL } from "../bridge.ts";
import type {
  CommMessage,
  ExecuteReply,
  ExecuteRequest,
  Publication,
  SharedState,
  SpawnRequest,
} from "../bridge.ts";
import * as awaiting from "./await.ts";
import { captureChildren } from "./children.ts";
import { Comms } from "./comm.ts";
import type { CommList } from "./comm.ts";
import { Display } from "./display.ts";
import { Evaluator } from "./evaluate.ts";
import type { Outcome } from "./evaluate.ts";
import { defineGlobals } from "./globals.ts";
import { Imports } from "./imports.ts";
import { clearAsyncIdStack, KeyboardInterrupt, SystemExit } from "./interrupt.ts";
import { toBundle } from "./mime.ts";
import { Positions } from "./positions.ts";
import { Prompts } from "./prompt.ts";
import type { Question } from "./prompt.ts";
import { currentRun, Run } from "./run.ts";
import { filesOnStack, installStackTraces } from "./stack.ts";
import { Stdio } from "./stdio.ts";
import { errorContent } from "./traceback.ts";
import type { Cell } from "./transform.ts";
import type { JsonObject } from "../protocol/messages.ts";

/** How long a cell may clean up (`finally`) after an interrupt before it is given up. */
const GRACE_MS = 1000;

/** What connects the session with the worker thread, besides messages. */
export interface Lines {
  shared: SharedState;
  /** Where the answer to a blocking question arrives. */
  answers: MessagePort;
}

export interface Outlet {
  ask(run: Run, question: Question): void;
  comms(comms: CommList): void;
  /** Runs a process for which the run waits. */
  spawn(run: Run | undefined, request: SpawnRequest): void;
  publish(run: Run, publication: Publication): void;
  done(run: Run, reply: ExecuteReply): void;
  /** An error before the first cell: the kernel itself is broken. */
  fatal(error: unknown): void;
}

/** The user's session: evaluates cells on this thread and says what they print and return. */
export class Session {
  readonly #outlet: Outlet;
  readonly #ownFolders: string[];
  readonly #positions = new Positions();
  readonly #evaluator = new Evaluator();
  readonly #display: Display;
  readonly #stdio: Stdio;
  readonly #prompts: Prompts;
  readonly #comms: Comms;
  readonly #flow: Int32Array;
  /** The run whose reply is due; at most one. */
  #current: Run | undefined;
  /** The newest run, to which output without an owner is credited. */
  #latest: Run | undefined;
  #interruptedAt = "";
  /** Folders whose code calls native code that a termination in its middle would end the process. */
  fragileFolders: readonly string[] = [];

  constructor(outlet: Outlet, lines: Lines, ownFolders: string[], folder: string) {
    const { shared, answers } = lines;
    this.#outlet = outlet;
    this.#flow = shared.flow;
    this.#ownFolders = ownFolders;
    this.#display = new Display(this.#owner, (run, publication) => this.#publish(run, publication));
    this.#stdio = new Stdio(this.#owner, (run, name, text) => this.#text(run, name, text), shared);
    this.#prompts = new Prompts(
      this.#owner,
      (run, question) => this.#ask(run, question),
      answers,
      shared.answered,
    );
    this.#comms = new Comms(
      this.#owner,
      (run, publication) => this.#publish(run, publication),
      (comms) => outlet.comms(comms),
    );
    this.#stdio.install();
    captureChildren({
      write: (name, text) => this.#stdio.write(name, text),
      run: (request) => {
        this.#stdio.flush();
        outlet.spawn(this.#owner(), request);
      },
    });
    Error.stackTraceLimit = 50;
    installStackTraces(this.#positions, ownFolders);
    this.#installCell(new Imports(folder));
    process.exit = ((code = 0) => {
      throw new SystemExit(String(code));
    }) as typeof process.exit;
    process.on("uncaughtException", (error) => this.#late(error));
    process.on("unhandledRejection", (reason) => this.#late(reason));
  }

  execute(request: ExecuteRequest): void {
    const run = new Run(request, (owner, value) => this.#display.result(owner, value));
    this.#current = run;
    this.#latest = run;
    this.#positions.add(request.cell);
    currentRun.run(run, () =>
      this.#evaluator.evaluate(request.cell.code, (outcome) => this.#settle(run, outcome)),
    );
  }

  /** An interrupt that this thread could take by itself: the cell is waiting for something. */
  interrupt(): void {
    const run = this.#current;
    if (run === undefined || run.ended) return;
    const error = new KeyboardInterrupt(this.#interruptedAt);
    this.#interruptedAt = "";
    run.abort.abort(error);
    const awaiting = [...run.awaiting];
    if (awaiting.length === 0) return this.#fail(run, error);
    for (const reject of awaiting) reject(error);
    setTimeout(() => this.#fail(run, error), GRACE_MS).unref();
  }

  /**
   * Runs on top of whatever keeps this thread busy (see io.ts); ends it if it is the user's.
   * The kernel's own work is never terminated: the flag would hit the next innocent function.
   */
  interruptBusy(): boolean | "soon" {
    const files = filesOnStack(500).filter((file) => file !== "" && !file.startsWith("node:"));
    const own = (file: string): boolean => this.#ownFolders.some((each) => file.startsWith(each));
    const innermost = files.find((file) => !own(file));
    if (innermost === undefined) return false;
    if (this.fragileFolders.some((each) => innermost.startsWith(each))) return "soon";
    // Its first frame is the inspector's expression, on top of the user's.
    this.#interruptedAt = (new Error("interrupted").stack ?? "").replace(/\n.*/, "");
    clearAsyncIdStack();
    this.#evaluator.terminate();
    return true;
  }

  answer(id: number, text: string): void {
    this.#prompts.answer(id, text);
  }

  /** A comm message from the front end; what its handler prints belongs to the comm's cell. */
  async comm(message: CommMessage): Promise<void> {
    const owner = this.#comms.ownerOf(message) ?? this.#latest;
    const receive = (): Promise<void> => this.#comms.receive(message);
    try {
      await (owner ? currentRun.run(owner, receive) : receive());
    } catch (error) {
      if (owner) currentRun.run(owner, () => this.#late(error));
      else this.#late(error);
    }
    this.#stdio.flush();
  }

  #ask(run: Run, question: Question): void {
    this.#stdio.flush();
    this.#outlet.ask(run, question);
  }

  flush(): void {
    this.#stdio.flush();
  }

  close(): void {
    this.#evaluator.close();
  }

  readonly #owner = (): Run | undefined => currentRun.getStore() ?? this.#latest;

  #settle(run: Run, outcome: Outcome): void {
    // A terminated run is ended by interrupt(), whose message is on its way to this thread.
    if (run.ended || outcome.type === "terminated") return;
    if (outcome.type === "thrown") return this.#fail(run, outcome.error);
    this.#whenShown(run, () => {
      void this.#userExpressions(run).then((user_expressions) => {
        this.#end(run, { status: "ok", payload: [], user_expressions });
      });
    });
  }

  async #userExpressions({ request }: Run): Promise<JsonObject> {
    const results: JsonObject = {};
    for (const [name, expression] of Object.entries(request.user_expressions)) {
      results[name] =
        "ename" in expression
          ? { status: "error", ...expression }
          : await this.#userExpression(request, expression);
    }
    return results;
  }

  #userExpression(request: ExecuteRequest, expression: Cell): Promise<JsonObject> {
    this.#positions.add(expression);
    return new Promise((resolve) => {
      let value: unknown = undefined;
      const run = new Run(request, (_, result) => (value = result));
      currentRun.run(run, () =>
        this.#evaluator.evaluate(expression.code, (outcome) => {
          const failed = (error: unknown): void =>
            resolve({ status: "error", ...errorContent(error, this.#positions) });
          if (outcome.type === "thrown") return failed(outcome.error);
          // What a value says about itself is the user's code: it may throw, now or later.
          void (async () => toBundle(value))().then(
            (data) => resolve({ status: "ok", data, metadata: {} }),
            failed,
          );
        }),
      );
    });
  }

  #whenShown(run: Run, then: () => void): void {
    if (run.displays.size === 0) return then();
    void Promise.all(run.displays).then(() => this.#whenShown(run, then));
  }

  #fail(run: Run, error: unknown): void {
    if (run.ended) return;
    const content = errorContent(error, this.#positions);
    if (!run.request.silent) this.#publish(run, { msg_type: "error", content });
    this.#end(run, { status: "error", ...content });
  }

  #end(run: Run, reply: ExecuteReply): void {
    if (run.ended) return;
    run.reply = reply;
    if (this.#current === run) this.#current = undefined;
    this.#stdio.flush();
    this.#outlet.done(run, reply);
  }

  /** An exception or rejection that nobody caught: shown in its own cell, the kernel lives on. */
  #late(error: unknown): void {
    const run = this.#owner();
    if (error instanceof KeyboardInterrupt) return;
    if (run === undefined) return this.#outlet.fatal(error);
    this.#publish(run, { msg_type: "error", content: errorContent(error, this.#positions) });
  }

  #publish(run: Run | undefined, publication: Publication): void {
    if (run === undefined) return;
    this.#stdio.flush();
    this.#outlet.publish(run, publication);
  }

  #text(run: Run, name: string, text: string): void {
    const content = { name, text };
    Atomics.add(this.#flow, 0, text.length);
    this.#outlet.publish(run, { msg_type: "stream", content, cost: text.length });
  }

  /** What the rewritten code of a cell calls (see rewrite.ts). */
  #installCell(imports: Imports): void {
    const cell = {
      // Types among the names are nothing at run time; the checker has seen that they exist.
      import: (source: string, options: object, values: string[] = [], others: string[] = []) =>
        imports.import(
          source,
          options,
          currentRun.getStore()?.request.cell.checked ? values : [...values, ...others],
        ),
      meta: imports.meta,
      module: imports.define,
      caught: this.#evaluator.caught,
      ...awaiting,
      result: async (value: unknown): Promise<void> => {
        const run = currentRun.getStore();
        const shown = value instanceof Promise ? await awaiting.await(value) : value;
        if (run && !run.ended) run.show(shown);
      },
    };
    const { display, clear_output } = this.#display;
    defineGlobals({
      [CELL]: Object.freeze(cell),
      display,
      clear_output,
      require: imports.require,
      prompt: this.#prompts.prompt,
      confirm: this.#prompts.confirm,
      input: this.#prompts.input,
      comms: { open: this.#comms.open, register: this.#comms.register },
      interruptSignal: () => this.#owner()?.abort.signal ?? new AbortController().signal,
    });
  }
}
