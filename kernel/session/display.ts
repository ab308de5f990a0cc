import { randomUUID } from "node:crypto";
import type { Publication } from "../bridge.ts";
import { plain, toBundle, whenReady } from "./mime.ts";
import type { Bundle } from "./mime.ts";
import type { Run } from "./run.ts";

export interface DisplayOptions {
  /** Names the output, so that it can be replaced later. */
  display_id?: string;
  /** Replace the output of this `display_id` instead of adding one. */
  update?: boolean;
  /** The value is a MIME bundle already. */
  raw?: boolean;
  metadata?: Record<string, never>;
}

/**
 * What `display` returns: the name of the output and a way to replace it. As the last value of a
 * cell it is not shown: who ends a cell with `display(x)` wants to see x.
 */
export class DisplayHandle {
  readonly display_id: string;
  readonly update: (value: unknown, options?: { raw?: boolean }) => void;

  constructor(display_id: string, update: DisplayHandle["update"]) {
    this.display_id = display_id;
    this.update = update;
  }
}

export type Publish = (run: Run | undefined, publication: Publication) => void;

export class Display {
  /** The session's one. */
  static current: Display;

  readonly #publish: Publish;
  readonly #owner: () => Run | undefined;

  constructor(owner: () => Run | undefined, publish: Publish) {
    this.#owner = owner;
    this.#publish = publish;
    Display.current = this;
  }

  /** Shows a value under the running cell. */
  readonly display = (value: unknown, options: DisplayOptions = {}): DisplayHandle => {
    const display_id = options.display_id ?? randomUUID();
    this.#send(value, { ...options, display_id });
    return new DisplayHandle(display_id, (next, { raw } = {}) =>
      this.#send(next, { display_id, raw, update: true }),
    );
  };

  /** Removes the cell's output; with `wait`, only when new output arrives. */
  readonly clear_output = (wait = false): void => {
    this.#publish(this.#owner(), { msg_type: "clear_output", content: { wait } });
  };

  /** Shows the value of a cell's last expression. */
  result(run: Run, value: unknown): void {
    if (value === undefined || value instanceof DisplayHandle || run.request.silent) return;
    this.#bundle(run, value, false, (data) =>
      this.#publish(run, {
        msg_type: "execute_result",
        content: { execution_count: run.request.execution_count, data, metadata: {} },
      }),
    );
  }

  #send(value: unknown, options: DisplayOptions & { display_id: string }): void {
    const run = this.#owner();
    const msg_type = options.update ? "update_display_data" : "display_data";
    const { metadata = {}, display_id } = options;
    this.#bundle(run, value, options.raw ?? false, (data) =>
      this.#publish(run, { msg_type, content: { data, metadata, transient: { display_id } } }),
    );
  }

  /** The reply of the run waits for a bundle that is a promise. */
  #bundle(run: Run | undefined, value: unknown, raw: boolean, use: (data: Bundle) => void): void {
    const bundle = raw ? (value as Bundle) : toBundle(value);
    const shown = whenReady(bundle, use);
    if (!(shown instanceof Promise)) return;
    const settled = shown.catch((error: unknown) => use({ "text/plain": plain(error) }));
    run?.displays.add(settled);
    void settled.finally(() => run?.displays.delete(settled));
  }
}
