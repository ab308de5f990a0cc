import type { Message } from "../../kernel/protocol/messages.ts";
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
  size: number;
}

/** The most that is kept for a page that has gone away; then the oldest is dropped. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Brings a kernel's messages to its clients: iopub to all of them, replies to the one that asked.
 * What finds nobody is kept, so that a page that lost its connection loses no output.
 */
export class Mailbox {
  readonly clients = new Set<Client>();
  private kept: Letter[] = [];
  private bytes = 0;

  /** Adds a client and hands over what waited for it. */
  attach(client: Client): void {
    this.clients.add(client);
    const waiting = this.kept;
    this.clear();
    for (const letter of waiting) {
      if (accepts(client, letter)) client.deliver(letter.channel, letter.message);
      else this.keep(letter);
    }
  }

  detach(client: Client): void {
    this.clients.delete(client);
  }

  post(channel: Channel, message: Message): void {
    const letter = { channel, message, size: 0 };
    const receivers = [...this.clients].filter((client) => accepts(client, letter));
    for (const client of receivers) client.deliver(channel, message);
    if (receivers.length === 0) this.keep({ ...letter, size: sizeOf(message) });
  }

  /** Drops what was kept: its kernel was replaced on purpose. */
  clear(): void {
    this.kept = [];
    this.bytes = 0;
  }

  private keep(letter: Letter): void {
    this.kept.push(letter);
    this.bytes += letter.size;
    while (this.bytes > MAX_BYTES) this.bytes -= this.kept.shift()?.size ?? this.bytes;
  }
}

function accepts(client: Client, { channel, message }: Letter): boolean {
  const { session } = message.parent_header;
  return channel === "iopub" || session === undefined || client.sessions.has(session);
}

function sizeOf({ content, buffers }: Message): number {
  const binary = buffers.reduce((total, buffer) => total + buffer.byteLength, 0);
  return JSON.stringify(content).length + binary;
}
