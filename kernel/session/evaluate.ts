import { Session as Inspector } from "node:inspector";
import type { Runtime } from "node:inspector";
import { CELL } from "../bridge.ts";

export type Outcome =
  { type: "value" } | { type: "thrown"; error: unknown } | { type: "terminated" };

/**
 * Evaluates scripts through this thread's own inspector, in REPL mode: redeclaration, top-level
 * await and live bindings are then V8's own. (Evaluated from another thread's session a script
 * could not be interrupted.)
 */
export class Evaluator {
  readonly #inspector = new Inspector();
  #caught: unknown;
  #cell: string | undefined;

  constructor() {
    this.#inspector.connect();
  }

  evaluate(expression: string, done: (outcome: Outcome) => void): void {
    const options = { expression, replMode: true, awaitPromise: true, silent: true };
    const parameters: Runtime.EvaluateParameterType = options;
    this.#inspector.post("Runtime.evaluate", parameters, (error, response) => {
      // The only failure of the request itself is "Execution was terminated".
      if (error) return done({ type: "terminated" });
      const { exceptionDetails } = response;
      if (exceptionDetails === undefined) return done({ type: "value" });
      done({ type: "thrown", error: this.#thrown(exceptionDetails) });
    });
  }

  /** Ends the JavaScript that is on this thread's stack, at the next loop or call. */
  terminate(): void {
    this.#inspector.post("Runtime.terminateExecution");
  }

  close(): void {
    this.#inspector.disconnect();
  }

  /** The caught value itself, not the inspector's description of it. */
  #thrown({ exception, text }: Runtime.ExceptionDetails): unknown {
    if (exception === undefined) return new Error(text);
    const argument = exception.objectId
      ? { objectId: exception.objectId }
      : { value: exception.value as unknown, unserializableValue: exception.unserializableValue };
    this.#inspector.post("Runtime.callFunctionOn", {
      functionDeclaration: "function (error) { this.caught(error) }",
      objectId: this.#cellId(),
      arguments: [argument],
    });
    if (exception.objectId) {
      this.#inspector.post("Runtime.releaseObject", { objectId: exception.objectId });
    }
    const caught = this.#caught;
    this.#caught = undefined;
    return caught;
  }

  readonly caught = (error: unknown): void => {
    this.#caught = error;
  };

  /** The inspector's handle of `__cell__`, taken once, before a cell can shadow the name. */
  #cellId(): string | undefined {
    if (this.#cell === undefined) {
      this.#inspector.post("Runtime.evaluate", { expression: CELL }, (_, { result }) => {
        this.#cell = result.objectId;
      });
    }
    return this.#cell;
  }
}
