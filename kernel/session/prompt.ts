import { receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { Run } from "./run.ts";

/** Asks the front end; the answer comes back over `answers` or through {@link Prompts.answer}. */
export type Ask = (run: Run, question: Question) => void;

export interface Question {
  /** Tells asynchronous answers apart; a blocking question has none. */
  id?: number;
  prompt: string;
  password: boolean;
}

/** `prompt` and `confirm`, which block this thread, and `input`, which does not. */
export class Prompts {
  readonly #ask: Ask;
  readonly #owner: () => Run | undefined;
  /** [0] is 1 when an answer lies in the port. */
  readonly #answered: Int32Array;
  readonly #answers: MessagePort;
  readonly #waiting = new Map<number, (text: string) => void>();
  #questions = 0;

  constructor(owner: () => Run | undefined, ask: Ask, answers: MessagePort, answered: Int32Array) {
    this.#owner = owner;
    this.#ask = ask;
    this.#answers = answers;
    this.#answered = answered;
  }

  readonly prompt = (message = "", initial = ""): string | null => {
    const shown = initial === "" ? message : `${message} [${initial}]`;
    return this.#wait(`${shown} `.trimStart()) || initial;
  };

  readonly confirm = (message = ""): boolean => /^y(es)?$/i.test(this.#wait(`${message} [y/N] `));

  readonly input = async (message = "", { password = false } = {}): Promise<string> => {
    const run = this.#asker();
    this.#questions += 1;
    const id = this.#questions;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#ask(run, { id, prompt: message, password });
    });
  };

  /** An answer to {@link input}. */
  answer(id: number, text: string): void {
    this.#waiting.get(id)?.(text);
    this.#waiting.delete(id);
  }

  /** Blocks until the reader has answered; an interrupt ends the wait as it ends a loop. */
  #wait(prompt: string): string {
    const run = this.#asker();
    // An answer to a question that was interrupted meanwhile is nobody's.
    while (receiveMessageOnPort(this.#answers) !== undefined);
    Atomics.store(this.#answered, 0, 0);
    this.#ask(run, { prompt, password: false });
    Atomics.wait(this.#answered, 0, 0);
    const received = receiveMessageOnPort(this.#answers) as { message: string } | undefined;
    return received?.message ?? "";
  }

  #asker(): Run {
    const run = this.#owner();
    if (run?.request.allow_stdin && !run.ended) return run;
    const reason = run?.ended ? "its cell has ended" : "this front end cannot ask (allow_stdin)";
    throw new StdinNotImplementedError(`input: not possible, ${reason}`);
  }
}

/** The name is Jupyter's. */
class StdinNotImplementedError extends Error {
  override readonly name = "StdinNotImplementedError";
}
