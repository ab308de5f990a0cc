import { AsyncLocalStorage } from "node:async_hooks";
import type { ExecuteReply, ExecuteRequest } from "../bridge.ts";

/** One execution of a cell, from its request to its reply; late output still belongs to it. */
export class Run {
  readonly request: ExecuteRequest;
  /** Displays whose bundle is still a promise; the reply waits for them. */
  readonly displays = new Set<Promise<void>>();
  /** How to end the `await`s the cell is in: an interrupt rejects them. */
  readonly awaiting = new Set<(error: unknown) => void>();
  readonly abort = new AbortController();
  /** What becomes of the value of the last expression. */
  readonly show: (value: unknown) => void;
  reply: ExecuteReply | undefined;

  constructor(request: ExecuteRequest, show: (run: Run, value: unknown) => void) {
    this.request = request;
    this.show = (value) => show(this, value);
  }

  get ended(): boolean {
    return this.reply !== undefined;
  }
}

/** Carries the run through timers, promises and callbacks, so that output finds its cell. */
export const currentRun = new AsyncLocalStorage<Run>();
