import { randomUUID } from "node:crypto";
import type { CommMessage, Publication } from "../bridge.ts";
import { textOr } from "../protocol/messages.ts";
import type { JsonObject } from "../protocol/messages.ts";
import type { Run } from "./run.ts";

/** What travels with the data of a comm message. */
export interface CommOptions {
  metadata?: JsonObject;
  /** Binary attachments, as widgets use them. */
  buffers?: (ArrayBuffer | ArrayBufferView)[];
}

/** A message from the front end. */
export interface CommEvent {
  data: unknown;
  metadata: JsonObject;
  buffers: Uint8Array[];
}

type Handler = (event: CommEvent) => unknown;
/** As in `comm_info_reply`. */
export type CommList = Record<string, { target_name: string }>;
type Send = (run: Run | undefined, publication: Publication) => void;

/** One open line to the front end. Handlers run in the name of the cell that set up the comm. */
export class Comm {
  readonly id: string;
  readonly target: string;
  /** Called with every message from the front end. */
  onmessage: Handler | undefined;
  /** Called when the front end closes the comm. */
  onclose: Handler | undefined;
  readonly owner: Run | undefined;
  readonly #send: (kind: CommMessage["kind"], data: unknown, options: CommOptions) => void;

  constructor(
    id: string,
    target: string,
    owner: Run | undefined,
    send: (kind: CommMessage["kind"], data: unknown, options: CommOptions) => void,
  ) {
    this.id = id;
    this.target = target;
    this.owner = owner;
    this.#send = send;
  }

  /** Sends data to the front end. */
  send(data: unknown, options: CommOptions = {}): void {
    this.#send("comm_msg", data, options);
  }

  /** Closes the comm on both sides. */
  close(data: unknown = {}, options: CommOptions = {}): void {
    this.#send("comm_close", data, options);
  }
}

/** All comms of the session: opened from here, or by the front end for a registered target. */
export class Comms {
  readonly #open = new Map<string, Comm>();
  readonly #targets = new Map<string, { owner: Run | undefined; handler: TargetHandler }>();
  readonly #owner: () => Run | undefined;
  readonly #publish: Send;
  readonly #changed: (comms: CommList) => void;

  constructor(owner: () => Run | undefined, publish: Send, changed: (comms: CommList) => void) {
    this.#owner = owner;
    this.#publish = publish;
    this.#changed = changed;
  }

  /** Opens a comm to a target that the front end knows. */
  readonly open = (target: string, data: unknown = {}, options: CommOptions = {}): Comm => {
    const comm = this.#add(randomUUID(), target, this.#owner());
    this.#send(comm, "comm_open", data, options);
    return comm;
  };

  /** Lets the front end open comms of this target. */
  readonly register = (target: string, handler: TargetHandler): void => {
    this.#targets.set(target, { owner: this.#owner(), handler });
  };

  /** The owner in whose name a message must be handled. */
  ownerOf({ content }: CommMessage): Run | undefined {
    return (
      this.#open.get(textOr(content.comm_id, ""))?.owner ??
      this.#targets.get(textOr(content.target_name, ""))?.owner
    );
  }

  async receive({ kind, content, metadata, buffers }: CommMessage): Promise<void> {
    const id = textOr(content.comm_id, "");
    const event: CommEvent = { data: content.data, metadata, buffers };
    if (kind === "comm_open") return this.#opened(id, textOr(content.target_name, ""), event);
    const comm = this.#open.get(id);
    if (comm === undefined) return;
    if (kind === "comm_msg") return void (await comm.onmessage?.(event));
    this.#remove(comm);
    await comm.onclose?.(event);
  }

  async #opened(id: string, name: string, event: CommEvent): Promise<void> {
    const target = this.#targets.get(name);
    const comm = this.#add(id, name, target?.owner);
    if (target === undefined) return comm.close({ error: `unknown target: ${name}` });
    await target.handler(comm, event);
  }

  #add(id: string, target: string, owner: Run | undefined): Comm {
    const comm: Comm = new Comm(id, target, owner, (kind, data, options) => {
      if (!this.#open.has(id)) throw new Error(`comm: "${target}" is closed`);
      if (kind === "comm_close") this.#remove(comm);
      this.#send(comm, kind, data, options);
    });
    this.#open.set(id, comm);
    this.#report();
    return comm;
  }

  #remove(comm: Comm): void {
    this.#open.delete(comm.id);
    this.#report();
  }

  #report(): void {
    const entries = [...this.#open.values()].map(({ id, target }) => [id, { target_name: target }]);
    this.#changed(Object.fromEntries(entries) as CommList);
  }

  #send(comm: Comm, kind: CommMessage["kind"], data: unknown, options: CommOptions): void {
    const { metadata = {}, buffers = [] } = options;
    const content: JsonObject = { comm_id: comm.id, data: data as JsonObject };
    if (kind === "comm_open") content.target_name = comm.target;
    this.#publish(this.#owner() ?? comm.owner, {
      msg_type: kind,
      content,
      metadata,
      buffers: buffers.map(bytes),
    });
  }
}

type TargetHandler = (comm: Comm, event: CommEvent) => unknown;

/** A copy of exactly the bytes of a view, whatever buffer it looks into. */
function bytes(buffer: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer.slice(0));
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice();
}
