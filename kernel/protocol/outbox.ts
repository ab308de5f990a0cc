import type { XPublisher, Router } from "zeromq";
import { log } from "./log.ts";
import type { Frame } from "./wire.ts";

/** Sends multipart messages one after the other; a ZeroMQ socket allows one send at a time. */
export class Outbox {
  readonly #queue: { frames: Frame[]; sent?: () => void }[] = [];
  #pumping = false;
  readonly #socket: Router | XPublisher;

  constructor(socket: Router | XPublisher) {
    this.#socket = socket;
  }

  /** `sent` is called once the message has left for the network (or was given up). */
  send(frames: Frame[], sent?: () => void): void {
    this.#queue.push({ frames, sent });
    if (!this.#pumping) void this.#pump();
  }

  /** Resolves when everything queued so far has been sent. */
  drained(): Promise<void> {
    if (!this.#pumping) return Promise.resolve();
    return new Promise((resolve) => {
      const last = this.#queue.at(-1);
      if (last === undefined) return void setImmediate(resolve);
      const { sent } = last;
      last.sent = () => {
        sent?.();
        resolve();
      };
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      try {
        await this.#socket.send(next.frames);
      } catch (error) {
        await this.#sendLossy(next.frames, error);
      }
      next.sent?.();
    }
    this.#pumping = false;
  }

  /** A subscriber that stopped reading loses messages, rather than stopping the kernel. */
  async #sendLossy(frames: Frame[], error: unknown): Promise<void> {
    const socket = this.#socket;
    if (!("noDrop" in socket)) return;
    log(`a subscriber does not read (${String(error)})`);
    socket.noDrop = false;
    setTimeout(() => (socket.noDrop = true), 30_000).unref();
    await socket.send(frames).catch(() => {});
  }
}
