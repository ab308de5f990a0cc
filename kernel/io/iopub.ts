import type { XPublisher } from "zeromq";
import type { Publication, SharedState } from "../bridge.ts";
import type { Header } from "../protocol/messages.ts";
import { Outbox } from "../protocol/outbox.ts";
import type { Wire } from "../protocol/wire.ts";

/** Everything the front ends see without asking: outputs and the busy light, in order. */
export class IOPub {
  readonly #outbox: Outbox;
  readonly #socket: XPublisher;
  readonly #wire: Wire;
  readonly #flow: Int32Array;

  constructor(socket: XPublisher, wire: Wire, shared: SharedState) {
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.#wire = wire;
    this.#flow = shared.flow;
  }

  publish(parent: Partial<Header>, publication: Publication): void {
    const { msg_type, content, metadata = {}, buffers = [], cost = 0 } = publication;
    this.#send([Buffer.from(msg_type)], parent, msg_type, content, metadata, buffers, cost);
  }

  status(parent: Partial<Header>, execution_state: "busy" | "idle" | "starting"): void {
    this.publish(parent, { msg_type: "status", content: { execution_state } });
  }

  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  /** Answers each new subscription, so that a client knows when it can hear the kernel. */
  async welcome(): Promise<void> {
    while (!this.#socket.closed) {
      const [frame] = await this.#upstream();
      if (frame === undefined || frame[0] !== 1) continue;
      const topic = frame.subarray(1);
      const content = { subscription: topic.toString() };
      this.#send([topic], {}, "iopub_welcome", content, {}, [], 0);
    }
  }

  /**
   * What a subscriber sent next; nothing where it cannot be had. libzmq swallows a subscription that
   * it has already, even one that is the last part of a longer message, and has then no end of that
   * message to give: EAGAIN, which once ended the kernel.
   */
  async #upstream(): Promise<Buffer[]> {
    try {
      return await this.#socket.receive();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return [];
      throw error;
    }
  }

  #send(
    identities: Uint8Array[],
    parent_header: Partial<Header>,
    msg_type: string,
    content: Publication["content"],
    metadata: NonNullable<Publication["metadata"]>,
    buffers: Uint8Array[],
    cost: number,
  ): void {
    const header = this.#wire.header(msg_type);
    const message = { identities, header, parent_header, metadata, content, buffers };
    this.#outbox.send(this.#wire.encode(message), () => this.#sent(cost));
  }

  /** Output that has left makes room for the thread that writes it (see session/stdio.ts). */
  #sent(cost: number): void {
    if (cost === 0) return;
    Atomics.sub(this.#flow, 0, cost);
    Atomics.notify(this.#flow, 0);
  }
}
