import process from "node:process";
import { setTimeout } from "node:timers/promises";
import type { ErrorContent, ExecuteReply, ExecuteRequest, Publication } from "../bridge.ts";
import { textOr } from "../protocol/messages.ts";
import type { Header, JsonObject, Message } from "../protocol/messages.ts";
import { importsTslab, projectOptions } from "../language/project.ts";
import type { Cell, Dialect } from "../session/transform.ts";
import type { Language } from "../language.ts";
import { helpRequest } from "../session/help.ts";
import { typeErrorContent } from "../session/type-error.ts";
import { log } from "../protocol/log.ts";
import type { Channel } from "./channel.ts";
import { compiler } from "./compiler.ts";
import type { History } from "./history.ts";
import type { IOPub } from "./iopub.ts";

interface ExecuteContent {
  code: string;
  silent: boolean;
  store_history: boolean;
  stop_on_error: boolean;
  allow_stdin: boolean;
  user_expressions: Record<string, string>;
}

/**
 * "Run all" sends its cells one after the other. What was sent before the client could know of the
 * error is still to be aborted, so the reply waits for it; what comes after the reply is run.
 */
const ARRIVAL_MS = 5;

/** The queue of cells: one at a time, in order; an error aborts what was already waiting. */
export class Executions {
  readonly #shell: Channel;
  readonly #iopub: IOPub;
  readonly #language: Language;
  readonly #history: History;
  readonly #post: (request: ExecuteRequest) => void;
  #queue: Message[] = [];
  #running: Message | undefined;
  #finish: ((reply: ExecuteReply) => void) | undefined;
  #count = 0;
  readonly #dialect: Dialect = { shadowed: new Set(), ...decorators(false) };
  #scripts = 0;

  constructor(
    shell: Channel,
    iopub: IOPub,
    { language, history }: { language: Language; history: History },
    post: (request: ExecuteRequest) => void,
  ) {
    this.#language = language;
    this.#history = history;
    this.#shell = shell;
    this.#iopub = iopub;
    this.#post = post;
  }

  get count(): number {
    return this.#count;
  }

  /** What a cell returns is part of the history, if the cell is. */
  remember({ msg_type, content }: Publication): void {
    const { data } = content as { data?: JsonObject };
    const text = data?.["text/plain"];
    if (msg_type !== "execute_result" || typeof text !== "string") return;
    if (this.#running && readContent(this.#running.content).store_history) {
      this.#history.addResult(this.#count, text);
    }
  }

  /** The request whose cell is running. */
  get running(): Message | undefined {
    return this.#running;
  }

  add(request: Message): void {
    this.#queue.push(request);
    if (this.#running === undefined) void this.#work();
  }

  /** The main thread has finished the running cell. */
  done(parent: Header, reply: ExecuteReply): void {
    if (parent.msg_id === this.#running?.header.msg_id) this.#finish?.(reply);
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#running = next;
      const content = readContent(next.content);
      this.#iopub.status(next.header, "busy");
      const reply = await this.#execute(next.header, content);
      const stops = reply.status === "error" && content.stop_on_error;
      if (stops) await setTimeout(ARRIVAL_MS);
      this.#shell.reply(next, { ...reply, execution_count: this.#count });
      this.#iopub.status(next.header, "idle");
      if (stops) this.#abortWaiting();
    }
    this.#running = undefined;
  }

  async #execute(parent: Header, content: ExecuteContent): Promise<ExecuteReply> {
    const { code, silent, allow_stdin } = content;
    const counted = !silent && content.store_history;
    if (counted) this.#count += 1;
    const execution_count = this.#count;
    if (counted) this.#history.add(execution_count, code);
    if (!silent) {
      this.#iopub.publish(parent, {
        msg_type: "execute_input",
        content: { code, execution_count },
      });
    }
    const help = helpRequest(code);
    if (help) return this.#page(help.name, help.detail);
    this.#scripts += 1;
    const name = counted ? `In[${execution_count}]` : `In[_${this.#scripts}]`;
    const cell = await this.#prepare(code, name);
    if ("ename" in cell) {
      if (!silent) this.#iopub.publish(parent, { msg_type: "error", content: cell });
      return { status: "error", ...cell };
    }
    const user_expressions: ExecuteRequest["user_expressions"] = {};
    for (const [key, expression] of Object.entries(content.user_expressions)) {
      this.#scripts += 1;
      user_expressions[key] = await this.#compile(expression, `In[_${this.#scripts}]`);
    }
    return new Promise((finish) => {
      this.#finish = (reply) => {
        void this.#commit(cell);
        finish(reply);
      };
      this.#post({
        type: "execute",
        parent,
        cell,
        execution_count,
        silent,
        allow_stdin,
        user_expressions,
      });
    });
  }

  /** `name?` asks what a name is; the answer goes to the front end's pager. */
  async #page(name: string, detail: number): Promise<ExecuteReply> {
    const at = { line: 0, character: name.length };
    const found = await this.#language.inspect(name, at, detail).catch(() => undefined);
    const data = found
      ? { "text/plain": found.plain, "text/markdown": found.markdown }
      : { "text/plain": `${name}: not known` };
    return { status: "ok", payload: [{ source: "page", data, start: 0 }], user_expressions: {} };
  }

  /** The cell ready to run, or the errors for which it must not. */
  async #prepare(code: string, name: string): Promise<Cell | ErrorContent> {
    if (importsTslab(code)) {
      Object.assign(this.#dialect, decorators(true));
      this.#language.followTslab();
    }
    const cell = await this.#compile(code, name);
    if ("ename" in cell) return cell;
    const errors = await this.#language.check(code, cell.typescript).catch(notChecked);
    const [first, ...others] = errors ?? [];
    if (first !== undefined) return typeErrorContent([first, ...others], code, name);
    return { ...cell, checked: errors !== undefined };
  }

  async #compile(code: string, name: string): Promise<Cell | ErrorContent> {
    const { compile } = await compiler();
    return compile(code, name, this.#dialect);
  }

  /** From now on completions and checks know what the cell declared. */
  async #commit(cell: Cell): Promise<void> {
    await this.#language.commit(cell).catch(notChecked);
  }

  #abortWaiting(): void {
    const aborted = this.#queue;
    this.#queue = [];
    for (const request of aborted) {
      this.#iopub.status(request.header, "busy");
      this.#shell.reply(request, { status: "aborted", execution_count: this.#count });
      this.#iopub.status(request.header, "idle");
    }
  }
}

function decorators(tslab: boolean): Pick<Dialect, "experimentalDecorators"> {
  const { experimentalDecorators } = projectOptions(process.cwd(), tslab);
  return { experimentalDecorators: experimentalDecorators === true };
}

/** A cell runs although the language server has failed. */
function notChecked(error: Error): undefined {
  log(error.message);
}

function readContent(content: JsonObject): ExecuteContent {
  const expressions = Object.entries(content.user_expressions ?? {});
  const silent = content.silent === true;
  return {
    code: typeof content.code === "string" ? content.code : "",
    silent,
    store_history: !silent && content.store_history !== false,
    stop_on_error: content.stop_on_error !== false,
    allow_stdin: content.allow_stdin === true,
    user_expressions: Object.fromEntries(
      expressions.map(([name, code]) => [name, textOr(code, "")]),
    ),
  };
}
