import { type Runtime, Session as Inspector } from "node:inspector";

/** How long the main thread has to take an interrupt by itself. */
const PATIENCE_MS = 30;

/** How long to wait until it has left code that must not be interrupted. */
const SOON_MS = 1;

/**
 * Interrupts the main thread. If it does not take the message soon, it is busy: then an expression
 * evaluated through the inspector runs on top of the busy code and ends it, if it is the user's.
 */
export class Interrupts {
  readonly #inspector = new Inspector();
  readonly #post: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(post: () => void) {
    this.#post = post;
    this.#inspector.connectToMainThread();
  }

  interrupt(): void {
    this.#post();
    this.#timer ??= setTimeout(() => this.#again(), PATIENCE_MS);
  }

  /** The main thread has taken the message. */
  taken(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Makes a busy main thread hand over the text it holds. */
  flush(): void {
    this.#evaluate("flush");
  }

  close(): void {
    this.#inspector.disconnect();
  }

  /** Until the message is taken: the code may have swallowed one termination, or be the kernel's. */
  #again(): void {
    this.#timer = setTimeout(() => this.#again(), 10 * PATIENCE_MS);
    this.#evaluate("interruptBusy", (answer) => {
      if (answer !== "soon" || this.#timer === undefined) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#again(), SOON_MS);
    });
  }

  #evaluate(method: "interruptBusy" | "flush", use?: (answer: unknown) => void): void {
    const expression = `globalThis[Symbol.for("downhill.kernel")]?.${method}()`;
    const parameters: Runtime.EvaluateParameterType = { expression, silent: true };
    this.#inspector.post("Runtime.evaluate", parameters, (_, response) =>
      use?.(response?.result.value),
    );
  }
}
