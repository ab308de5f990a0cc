import { setTimeout as sleep } from "node:timers/promises";
import { Dealer, Subscriber } from "zeromq";
import type { Connection } from "../../kernel/protocol/connection.ts";
import type { JsonObject, Message } from "../../kernel/protocol/messages.ts";
import { Wire } from "../../kernel/protocol/wire.ts";
import { within } from "./time.ts";

export type Channel = "shell" | "control" | "stdin" | "iopub";

export const channels: readonly Channel[] = ["shell", "control", "stdin", "iopub"];

export type Outgoing = Exclude<Channel, "iopub">;

export interface LinkEvents {
  /** A message for somebody other than the server itself. */
  message(channel: Channel, message: Message): void;
  log(line: string): void;
}

const ASK_AGAIN_MS = 250;
const BETWEEN_ASKS_MS = 10;

/** The server's ZeroMQ sockets to one kernel process. */
export class KernelLink {
  private readonly wire: Wire;
  private readonly sockets: Record<Outgoing, Dealer> & { iopub: Subscriber };
  private readonly queues: Record<Outgoing, Promise<void>>;
  private readonly pending = new Map<string, (reply: Message) => void>();
  private heardIopub = false;

  constructor(
    connection: Connection,
    private readonly events: LinkEvents,
  ) {
    this.wire = new Wire(connection.key, connection.signature_scheme);
    // One identity on all three: the kernel sends an input request to whoever asked on shell.
    const options = { routingId: this.wire.session, linger: 0, receiveHighWaterMark: 0 };
    this.sockets = {
      shell: new Dealer(options),
      control: new Dealer(options),
      stdin: new Dealer(options),
      iopub: new Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
    };
    const done = Promise.resolve();
    this.queues = { shell: done, control: done, stdin: done };
    this.sockets.iopub.subscribe();
    for (const channel of channels) {
      this.sockets[channel].connect(
        `${connection.transport}://${connection.ip}:${connection[`${channel}_port`]}`,
      );
      void this.receive(channel);
    }
  }

  /** Messages leave in the order of the calls. */
  send(channel: Outgoing, message: Message): void {
    const frames = this.wire.encode({ ...message, identities: [] });
    const socket = this.sockets[channel];
    this.queues[channel] = this.queues[channel]
      // A closed socket throws at once instead of rejecting: inside `then` both end in `catch`.
      .then(() => socket.send(frames))
      .catch((error: unknown) => {
        if (!socket.closed) this.events.log(`${channel}: ${String(error)}`);
      });
  }

  /** Asks a question of the server's own; undefined when the kernel is silent for too long. */
  async request(
    channel: Outgoing,
    msg_type: string,
    content: JsonObject,
    limitMs: number,
  ): Promise<Message | undefined> {
    const header = this.wire.header(msg_type);
    const reply = new Promise<Message>((resolve) => this.pending.set(header.msg_id, resolve));
    const empty = { identities: [], parent_header: {}, metadata: {}, buffers: [] };
    this.send(channel, { ...empty, header, content });
    try {
      return await within(reply, limitMs);
    } finally {
      this.pending.delete(header.msg_id);
    }
  }

  /**
   * Waits until the kernel answers and its iopub is heard: a subscription takes effect some time
   * after the connection, and what is published before that is lost.
   */
  async handshake(limitMs: number): Promise<boolean> {
    const end = Date.now() + limitMs;
    while (Date.now() < end && !this.sockets.shell.closed) {
      const reply = await this.request("shell", "kernel_info_request", {}, ASK_AGAIN_MS);
      if (reply !== undefined && this.heardIopub) return true;
      if (reply !== undefined) await sleep(BETWEEN_ASKS_MS);
    }
    return false;
  }

  close(): void {
    for (const channel of channels) this.sockets[channel].close();
  }

  private async receive(channel: Channel): Promise<void> {
    try {
      for await (const frames of this.sockets[channel]) this.handle(channel, frames);
    } catch (error) {
      if (!this.sockets[channel].closed) this.events.log(`${channel}: ${String(error)}`);
    }
  }

  private handle(channel: Channel, frames: Uint8Array[]): void {
    let message: Message;
    try {
      message = this.wire.decode(frames);
    } catch (error) {
      return this.events.log(`${channel}: ${(error as Error).message}`);
    }
    if (channel === "iopub") this.heardIopub = true;
    if (message.parent_header.session !== this.wire.session) {
      this.events.message(channel, message);
    } else if (channel !== "iopub") {
      this.pending.get(message.parent_header.msg_id ?? "")?.(message);
    }
  }
}
