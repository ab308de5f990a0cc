import type { MessagePort } from "node:worker_threads";
import type { SharedState } from "../bridge.ts";
import type { Header, Message } from "../protocol/messages.ts";
import type { Question } from "../session/prompt.ts";
import type { Channel } from "./channel.ts";

/** Carries the questions of a cell to the front end that runs it, and the answers back. */
export class Questions {
  /** Where the answer to a blocking question goes. */
  answers: MessagePort | undefined;
  readonly #stdin: Channel;
  readonly #answered: Int32Array;
  readonly #answer: (answer: { id: number; text: string }) => void;
  /** Asked and not yet answered, oldest first: a front end answers one after the other. */
  readonly #open: Question[] = [];

  constructor(
    stdin: Channel,
    shared: SharedState,
    answer: (answer: { id: number; text: string }) => void,
  ) {
    this.#stdin = stdin;
    this.#answered = shared.answered;
    this.#answer = answer;
  }

  listen(): void {
    void this.#stdin.listen((message) => this.#receive(message));
  }

  ask(running: Message | undefined, parent: Header, question: Question): void {
    if (running?.header.msg_id !== parent.msg_id) return;
    this.#open.push(question);
    const { prompt, password } = question;
    this.#stdin.send(running, "input_request", { prompt, password });
  }

  /** The cell has ended; what it still asked needs no answer. */
  forget(): void {
    this.#open.length = 0;
  }

  #receive({ content }: Message): void {
    const question = this.#open.shift();
    if (question === undefined) return;
    const text = typeof content.value === "string" ? content.value : "";
    if (question.id !== undefined) return this.#answer({ id: question.id, text });
    this.answers?.postMessage(text);
    Atomics.store(this.#answered, 0, 1);
    Atomics.notify(this.#answered, 0);
  }
}
