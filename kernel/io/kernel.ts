import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { CommMessage, SharedState, SpawnRequest, ToMain, ToWorker } from "../bridge.ts";
import { fromRoot } from "../../root.ts";
import type { Connection, Sockets } from "../protocol/connection.ts";
import type { Header, JsonObject, Message } from "../protocol/messages.ts";
import { PROTOCOL_VERSION, textOr } from "../protocol/messages.ts";
import { Wire } from "../protocol/wire.ts";
import type { Language } from "../language.ts";
import { completeReply, inspectReply } from "./introspection.ts";
import { Channel } from "./channel.ts";
import { compiler } from "./compiler.ts";
import { Executions } from "./executions.ts";
import { History } from "./history.ts";
import { Interrupts } from "./interrupts.ts";
import { Processes } from "./processes.ts";
import { IOPub } from "./iopub.ts";
import { Questions } from "./questions.ts";
import type { CommList } from "../session/comm.ts";
import { log } from "../protocol/log.ts";

const { version, dependencies } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
  version: string;
  dependencies: { typescript: string };
};

/** The main thread has this long to end the process in good order. */
const EXIT_MS = 1000;

/** Text that main holds while it is busy is fetched after this long. */
const HELD_MS = 30;

/** Dispatches what arrives on the channels, and what the main thread reports. */
export class Kernel {
  readonly #sockets: Sockets;
  readonly #shell: Channel;
  readonly #control: Channel;
  readonly #iopub: IOPub;
  readonly #executions: Executions;
  readonly #shared: SharedState;
  readonly #history = new History();
  readonly #questions: Questions;
  #comms: CommList = {};
  readonly #language: Language;
  #interrupts: Interrupts | undefined;
  readonly #processes = new Processes();
  #heldTimer: NodeJS.Timeout | undefined;

  constructor(connection: Connection, sockets: Sockets, shared: SharedState, language: Language) {
    this.#language = language;
    const wire = new Wire(connection.key, connection.signature_scheme);
    this.#sockets = sockets;
    this.#shared = shared;
    this.#shell = new Channel(sockets.shell, wire);
    this.#control = new Channel(sockets.control, wire);
    this.#questions = new Questions(new Channel(sockets.stdin, wire), shared, (answer) =>
      this.#post({ type: "answer", ...answer }),
    );
    this.#iopub = new IOPub(sockets.iopub, wire, shared);
    this.#executions = new Executions(
      this.#shell,
      this.#iopub,
      { language, history: this.#history },
      (request) => this.#post(request),
    );
  }

  /** `loaded`: when the language server leaves the processor to the rest of the kernel. */
  start(loaded: Promise<void>): void {
    void this.#echoHeartbeat();
    void this.#iopub.welcome();
    void this.#shell.listen((message) => this.#onShell(message));
    this.#questions.listen();
    void this.#control.listen((message) => void this.#respond(this.#control, message));
    parentPort!.on("message", (message: ToWorker) => this.#onMain(message));
    this.#iopub.status({}, "starting");
    this.#post({ type: "listening" });
    this.#interrupts = new Interrupts(() => this.#post({ type: "interrupt" }));
    void loaded.then(() => {
      this.#post({ type: "load" });
      return compiler();
    });
  }

  #post(message: ToMain): void {
    parentPort!.postMessage(message);
  }

  #onShell(request: Message): void {
    const { msg_type } = request.header;
    if (msg_type === "execute_request") this.#executions.add(request);
    else if (/^comm_(open|msg|close)$/.test(msg_type)) this.#onComm(request);
    else void this.#respond(this.#shell, request);
  }

  /** Comm messages need no free main thread to be accepted; they wait in its port. */
  #onComm({ header, content, metadata, buffers }: Message): void {
    this.#iopub.status(header, "busy");
    const kind = header.msg_type as CommMessage["kind"];
    // A frame may look into a larger buffer, and cloning would copy all of it.
    const copies = buffers.map((each) => new Uint8Array(each));
    this.#post({ type: "comm", parent: header, kind, content, metadata, buffers: copies });
  }

  async #respond(channel: Channel, request: Message): Promise<void> {
    await this.#answer(channel, request);
    if (request.header.msg_type !== "shutdown_request") return;
    // The other front ends hear of the end too.
    const content = shutdownReply(request);
    this.#iopub.publish(request.header, { msg_type: "shutdown_reply", content });
    const ends = [this.#control, this.#shell, this.#iopub];
    await Promise.all(ends.map((each) => each.drained()));
    this.#exit();
  }

  /** Requests that no cell has to wait for; the busy light then says again that one is running. */
  async #answer(channel: Channel, request: Message): Promise<void> {
    this.#iopub.status(request.header, "busy");
    const content = await this.#content(request).catch(failure);
    if (content !== undefined) channel.reply(request, content);
    this.#iopub.status(request.header, "idle");
    const { running } = this.#executions;
    if (running) this.#iopub.status(running.header, "busy");
  }

  async #content(request: Message): Promise<JsonObject | undefined> {
    switch (request.header.msg_type) {
      case "kernel_info_request":
        return kernelInfo();
      case "connect_request":
        return { status: "ok" };
      case "comm_info_request":
        return { status: "ok", comms: this.#commsOf(request.content.target_name) };
      case "history_request":
        return this.#history.reply(request.content);
      case "complete_request":
        return completeReply(request.content, this.#language);
      case "is_complete_request":
        return compiler().then(({ isComplete }) => isComplete(textOr(request.content.code, "")));
      case "inspect_request":
        return inspectReply(request.content, this.#language);
      case "interrupt_request":
        this.#interrupt();
        return { status: "ok" };
      case "shutdown_request":
        // Who has the reply may kill the process.
        await this.#history.drained();
        return shutdownReply(request);
      default:
        return unknownMessage(request.header.msg_type);
    }
  }

  #commsOf(target: JsonObject[string]): CommList {
    const comms = Object.entries(this.#comms);
    return Object.fromEntries(
      comms.filter(([, { target_name }]) => !target || target_name === target),
    );
  }

  #onMain(message: ToWorker): void {
    switch (message.type) {
      case "publish":
        this.#iopub.publish(message.parent, message.publication);
        this.#executions.remember(message.publication);
        if (message.publication.msg_type === "stream") this.#watchHeldText();
        return;
      case "done":
        this.#questions.forget();
        return this.#executions.done(message.parent, message.reply);
      case "ports":
        message.signals.on("message", () => this.#interrupt());
        this.#questions.answers = message.answers;
        return;
      case "ask":
        return this.#questions.ask(this.#executions.running, message.parent, message.question);
      case "spawn":
        return this.#spawn(message.request, message.parent);
      case "comms":
        this.#comms = message.comms;
        return;
      case "comm_done":
        return this.#iopub.status(message.parent, "idle");
      case "interrupted":
        return this.#interrupts?.taken();
      default:
    }
  }

  #interrupt(): void {
    this.#interrupts?.interrupt();
    this.#processes.interrupt();
  }

  /** Its next output is read when this one has left, so that none piles up here. */
  #spawn(request: SpawnRequest, parent: Header | undefined): void {
    this.#processes.run(request, (name, text) => {
      if (parent) this.#iopub.publish(parent, { msg_type: "stream", content: { name, text } });
      return this.#iopub.drained();
    });
  }

  #watchHeldText(): void {
    clearTimeout(this.#heldTimer);
    this.#heldTimer = setTimeout(() => {
      if (Atomics.load(this.#shared.flow, 1) === 1) this.#interrupts?.flush();
    }, HELD_MS);
  }

  async #echoHeartbeat(): Promise<void> {
    const { heartbeat } = this.#sockets;
    for await (const frames of heartbeat) await heartbeat.send(frames);
  }

  /**
   * Ends the process. Open inspector sessions and sockets would make Node wait, or abort. The main
   * thread may be busy forever; then there is no better end than the last line.
   */
  #exit(): void {
    this.#interrupts?.close();
    for (const socket of Object.values(this.#sockets) as Sockets[keyof Sockets][]) socket.close();
    this.#post({ type: "shutdown" });
    setTimeout(() => process.kill(process.pid, "SIGKILL"), EXIT_MS);
  }
}

/** What went wrong here is the client's to know as well. */
function failure({ name: ename, message: evalue }: Error): JsonObject {
  log(`${ename}: ${evalue}`);
  return { status: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

function shutdownReply({ content }: Message): JsonObject {
  return { status: "ok", restart: content.restart === true };
}

const KNOWN =
  "comm_info, complete, connect, execute (on shell), history, inspect, interrupt, is_complete, kernel_info and shutdown requests";

/** A request gets an error for an answer, so that nobody waits for it forever. */
function unknownMessage(msg_type: string): JsonObject | undefined {
  const evalue = `message type: "${msg_type}". Known: ${KNOWN}.`;
  log(evalue);
  if (!msg_type.endsWith("_request")) return undefined;
  return { status: "error", ename: "UnknownMessage", evalue, traceback: [evalue] };
}

function kernelInfo(): JsonObject {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "downhill",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: dependencies.typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
    banner: `Downhill ${version}: TypeScript, on Node ${process.version}`,
    debugger: false,
    help_links: [],
    supported_features: [],
  };
}
