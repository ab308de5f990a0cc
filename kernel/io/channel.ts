import type { Router } from "zeromq";
import type { JsonObject, Message } from "../protocol/messages.ts";
import { Outbox } from "../protocol/outbox.ts";
import type { Wire } from "../protocol/wire.ts";
import { log } from "../protocol/log.ts";

/** One ROUTER socket: verified messages in, signed replies out. */
export class Channel {
  readonly #socket: Router;
  readonly #wire: Wire;
  readonly #outbox: Outbox;

  constructor(socket: Router, wire: Wire) {
    this.#socket = socket;
    this.#wire = wire;
    this.#outbox = new Outbox(socket);
  }

  /** Calls `handle` with every good message; a bad one is logged and dropped. */
  async listen(handle: (message: Message) => void): Promise<void> {
    for await (const frames of this.#socket) {
      try {
        handle(this.#wire.decode(frames));
      } catch (error) {
        log(`message dropped: ${(error as Error).message}`);
      }
    }
  }

  /** Sends the answer to a request: `x_reply` to `x_request`. */
  reply(request: Message, content: JsonObject): void {
    const msg_type = request.header.msg_type.replace(/_request$/, "_reply");
    this.send(request, msg_type, content);
  }

  send(request: Message, msg_type: string, content: JsonObject): void {
    const message: Message = {
      identities: request.identities,
      header: this.#wire.header(msg_type),
      parent_header: request.header,
      metadata: {},
      content,
      buffers: [],
    };
    this.#outbox.send(this.#wire.encode(message));
  }

  drained(): Promise<void> {
    return this.#outbox.drained();
  }
}
