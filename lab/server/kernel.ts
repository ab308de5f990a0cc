import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Message } from "../../kernel/protocol/messages.ts";
import { newConnection, writeConnection } from "./connection.ts";
import { HttpError } from "./http.ts";
import { KernelLink, type Channel, type Outgoing } from "./link.ts";
import { Mailbox, type Client } from "./mailbox.ts";
import { KernelProcess, type KernelSpec, type LaunchOptions } from "./process.ts";
import { status } from "./status.ts";

/** Limits in milliseconds. */
const START = 60_000;
const END = 5_000;
const INTERRUPT = 10_000;

/** A kernel that dies this early, this often in a row, is not started again. */
const STABLE_AFTER = 10_000;
const MAX_RESTARTS = 5;

export interface KernelOptions extends Pick<LaunchOptions, "resourceDir" | "cwd" | "sessionName"> {
  id: string;
  name: string;
  spec: KernelSpec;
  /** The folder of the connection files. */
  runtimeDir: string;
  log(line: string): void;
}

/** One start of the kernel's process. */
interface Run {
  link: KernelLink;
  process: KernelProcess;
  connectionFile: string;
  startedAt: number;
  /** Whether the kernel answered in time. */
  ready: Promise<boolean>;
  answered: boolean;
  /** The server itself ends it: its end is then no death. */
  ending: boolean;
}

/** A kernel as its clients know it: it keeps its id when its process is replaced. */
export class Kernel {
  executionState = "starting";
  lastActivity = new Date();
  private readonly mailbox = new Mailbox();
  private run: Promise<Run>;
  private restarting: Promise<void> | undefined;
  private deaths = 0;

  constructor(private readonly options: KernelOptions) {
    this.run = this.launch();
  }

  get id(): string {
    return this.options.id;
  }

  get model() {
    return {
      id: this.options.id,
      name: this.options.name,
      last_activity: this.lastActivity.toISOString(),
      execution_state: this.executionState,
      connections: this.mailbox.clients.size,
    };
  }

  /** Resolves when the process runs; rejects when that is impossible. */
  async started(): Promise<void> {
    await this.run;
  }

  attach(client: Client): void {
    this.mailbox.attach(client);
  }

  detach(client: Client): void {
    this.mailbox.detach(client);
  }

  /** Passes a client's message on, once the kernel listens. */
  async send(channel: Outgoing, message: Message): Promise<void> {
    this.lastActivity = new Date();
    const { link, ready } = await this.run;
    if (!(await ready)) return;
    this.mailbox.sent(message);
    link.send(channel, message);
  }

  async interrupt(): Promise<void> {
    const { link, process } = await this.run;
    if (this.options.spec.interrupt_mode !== "message") return process.interrupt();
    const reply = await link.request("control", "interrupt_request", {}, INTERRUPT);
    if (reply !== undefined) return;
    throw new HttpError(500, "kernel: no answer to the interrupt. Restart the kernel.");
  }

  /** Replaces the process; resolves when the new one answers. */
  restart(): Promise<void> {
    this.restarting ??= this.replace().finally(() => (this.restarting = undefined));
    return this.restarting;
  }

  async shutdown(): Promise<void> {
    await this.end(this.run, false);
    this.setState("dead");
  }

  private async replace(): Promise<void> {
    this.executionState = "restarting";
    this.deaths = 0;
    this.run = this.end(this.run, true).then(() => {
      this.mailbox.clear();
      return this.launch();
    });
    const { ready, process } = await this.run;
    if (await ready) return;
    throw new HttpError(500, `kernel: it does not start.\n${process.lastWords}`);
  }

  private async launch(): Promise<Run> {
    const connection = await newConnection();
    const name = `kernel-${this.id}-${connection.shell_port}.json`;
    const connectionFile = join(this.options.runtimeDir, name);
    await writeConnection(connectionFile, connection);
    const process = new KernelProcess({ ...this.options, connectionFile });
    try {
      await process.spawned;
    } catch (error) {
      await rm(connectionFile, { force: true });
      throw error;
    }
    const link = new KernelLink(connection, {
      message: (channel, message) => this.receive(channel, message),
      log: this.options.log,
    });
    const startedAt = Date.now();
    const ready = this.awaitAnswer(link, process);
    const flags = { answered: false, ending: false };
    const run: Run = { link, process, connectionFile, startedAt, ready, ...flags };
    void ready.then((answered) => (run.answered = answered));
    void process.ended.then((how) => this.ended(run, how));
    return run;
  }

  private async awaitAnswer(link: KernelLink, process: KernelProcess): Promise<boolean> {
    const answered = await Promise.race([link.handshake(START), process.ended.then(() => false)]);
    if (answered && this.executionState !== "busy") this.executionState = "idle";
    if (!answered) await process.endWithin(0);
    return answered;
  }

  private receive(channel: Channel, message: Message): void {
    this.lastActivity = new Date();
    if (channel === "iopub" && message.header.msg_type === "status") {
      this.executionState = String(message.content.execution_state);
    }
    this.mailbox.post(channel, message);
  }

  /** Asks the process to end, and ends it if it does not. */
  private async end(current: Promise<Run>, restart: boolean): Promise<void> {
    const run = await current.catch(() => undefined);
    if (run === undefined) return;
    run.ending = true;
    if (run.answered) {
      const asked = run.link.request("control", "shutdown_request", { restart }, END);
      await Promise.race([run.process.ended, asked]);
    }
    await run.process.endWithin(run.answered ? END : 0);
    await discard(run);
  }

  /** The process is gone. Unless the server ended it, another takes its place. */
  private async ended(run: Run, how: string): Promise<void> {
    if (run.ending) return;
    this.mailbox.finish();
    this.options.log(`${how}\n${run.process.lastWords}`.trimEnd());
    this.run = discard(run).then(async () => {
      const early = !(await run.ready) || Date.now() - run.startedAt < STABLE_AFTER;
      this.deaths = early ? this.deaths + 1 : 1;
      const again = this.deaths <= MAX_RESTARTS;
      this.setState(again ? "restarting" : "dead");
      return again ? this.launch() : run;
    });
    await this.run.catch((error: unknown) => {
      this.setState("dead");
      this.options.log(String(error));
    });
  }

  private setState(state: string): void {
    this.executionState = state;
    this.mailbox.post("iopub", status(state));
  }
}

async function discard({ link, connectionFile }: Run): Promise<void> {
  link.close();
  await rm(connectionFile, { force: true });
}
