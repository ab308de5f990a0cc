import type { Message } from "../../kernel/protocol/messages.ts";
import { Executions, type Execution } from "./executions.ts";
import type { Channel } from "./link.ts";

/** A page (or program) that is connected to a kernel. */
export interface Client {
  /** Values of `header.session` under which it speaks. */
  sessions: Set<string>;
  deliver(channel: Channel, message: Message): void;
}

interface Letter {
  channel: Channel;
  message: Message;
}

/** The most letters that wait; the output of cells does not count among them. */
const MAX_LETTERS = 10_000;

/** What a page that did not ask may be shown. Comms, for one, have one owner. */
const outputs = new Set([
  "status",
  "execute_input",
  "stream",
  "display_data",
  "update_display_data",
  "execute_result",
  "error",
  "clear_output",
]);

/**
 * Brings a kernel's messages to its clients: iopub to all of them, replies to the one that asked. A
 * client whose connection broke gets the rest when it is back. A page that was reloaded has another
 * session and has forgotten its requests: it gets the whole output of the cells that were running,
 * marked with the cell (`metadata.downhill.cellId`; lab/app/src/resume.js shows it there).
 */
export class Mailbox {
  readonly clients = new Set<Client>();
  private readonly executions = new Executions();
  private waiting: Letter[] = [];

  attach(client: Client): void {
    for (const execution of this.executions.all()) this.resume(client, execution);
    this.clients.add(client);
    const letters = this.waiting;
    this.waiting = [];
    for (const letter of letters) {
      if (accepts(client, letter)) client.deliver(letter.channel, letter.message);
      else this.waiting.push(letter);
    }
  }

  detach(client: Client): void {
    this.clients.delete(client);
  }

  /** Sees what a client sends to the kernel. */
  sent(message: Message): void {
    this.executions.begin(message);
  }

  /** Delivers what the kernel says, or keeps it. */
  post(channel: Channel, message: Message): void {
    const execution = channel === "iopub" ? this.executions.of(message) : undefined;
    if (execution !== undefined) return this.publish(execution, message);
    const letter = { channel, message };
    const receivers = [...this.clients].filter((client) => accepts(client, letter));
    for (const client of receivers) client.deliver(channel, message);
    if (receivers.length === 0) this.waiting.push(letter);
    if (this.waiting.length > MAX_LETTERS) this.waiting.shift();
  }

  /** The kernel has died: what it said stays, but nothing more will come. */
  finish(): void {
    this.executions.finish();
  }

  /** The kernel was replaced on purpose: what it said is void. */
  clear(): void {
    this.executions.clear();
    this.waiting = [];
  }

  private publish(execution: Execution, message: Message): void {
    const hears = this.hasAsker(execution);
    const marked = hears ? message : mark(message, execution);
    for (const client of this.clients) client.deliver("iopub", marked);
    this.executions.add(execution, message);
    if (hears) this.executions.heard(execution);
    else if (this.clients.size > 0) execution.shownAt = Math.min(execution.shownAt, Date.now());
  }

  /** Gives a client that comes what it missed of an execution. */
  private resume(client: Client, execution: Execution): void {
    const { session, messages, heard, cellId } = execution;
    if (client.sessions.has(session)) {
      for (const message of messages.slice(heard)) client.deliver("iopub", message);
      this.executions.heard(execution);
    } else if (cellId !== undefined && !this.hasAsker(execution)) {
      const shown = messages.filter(({ header }) => outputs.has(header.msg_type));
      for (const message of shown) client.deliver("iopub", mark(message, execution));
      execution.shownAt = Math.min(execution.shownAt, Date.now());
    }
  }

  private hasAsker({ session }: Execution): boolean {
    return [...this.clients].some(({ sessions }) => sessions.has(session));
  }
}

function accepts(client: Client, { channel, message }: Letter): boolean {
  const { session } = message.parent_header;
  return channel === "iopub" || session === undefined || client.sessions.has(session);
}

function mark(message: Message, { cellId }: Execution): Message {
  if (cellId === undefined) return message;
  return { ...message, metadata: { ...message.metadata, downhill: { cellId } } };
}
