import type { Readable, Writable } from "node:stream";

type Answer = (params: never) => unknown;
type Pending = { resolve: (result: never) => void; reject: (error: Error) => void };

/** Any JSON-RPC message: a request has a method and an id, a notification only a method. */
interface Message {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}

const HEADER_END = "\r\n\r\n";
const METHOD_NOT_FOUND = -32601;

/**
 * JSON-RPC 2.0 over two streams, framed as the Language Server Protocol 3.17 says (section "Base
 * Protocol"). The library for it takes 45 ms of processor time to load, a tenth of what the kernel
 * takes to start, and this stands at its very beginning.
 */
export class JsonRpc {
  readonly #output: Writable;
  readonly #answers: Record<string, Answer>;
  readonly #pending = new Map<number | string, Pending>();
  #received: Buffer[] = [];
  #size = 0;
  /** Bytes up to the end of the message that is arriving; 0 while its header is not complete. */
  #awaited = 0;
  #last = 0;
  #closed: Error | undefined;

  /**
   * `answers`: what the other side may ask, by method. An input that is not JSON-RPC is destroyed
   * with an error.
   */
  constructor(input: Readable, output: Writable, answers: Record<string, Answer>) {
    this.#output = output;
    this.#answers = answers;
    input.on("data", (chunk: Buffer) => {
      try {
        this.#receive(chunk);
      } catch (error) {
        input.destroy(error as Error);
      }
    });
  }

  /** Sends a request; rejects with the other side's error, or when the connection is closed. */
  request<T>(method: string, params: object): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  notify(method: string, params: object): void {
    if (!this.#closed) this.#send({ method, params });
  }

  /** Nothing more comes: everything that is still awaited fails. */
  close(reason: string): void {
    this.#closed = new Error(reason);
    for (const { reject } of this.#pending.values()) reject(this.#closed);
    this.#pending.clear();
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#output.write(`Content-Length: ${Buffer.byteLength(body)}${HEADER_END}${body}`);
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#size += chunk.length;
    // A large message arrives in many chunks; they are joined when it is whole.
    while (this.#size >= this.#awaited && this.#size > 0) {
      const bytes = Buffer.concat(this.#received);
      const header = bytes.indexOf(HEADER_END);
      const body = header + HEADER_END.length;
      if (header !== -1) this.#awaited = body + contentLength(bytes.toString("latin1", 0, header));
      const whole = header !== -1 && bytes.length >= this.#awaited;
      this.#received = [whole ? bytes.subarray(this.#awaited) : bytes];
      if (!whole) return;
      const message = JSON.parse(bytes.toString("utf8", body, this.#awaited)) as Message;
      this.#size -= this.#awaited;
      this.#awaited = 0;
      this.#take(message);
    }
  }

  #take({ id, method, params, result, error }: Message): void {
    if (method !== undefined) {
      if (id !== undefined) this.#answer(id, method, params);
      return;
    }
    const pending = this.#pending.get(id!);
    this.#pending.delete(id!);
    if (error) pending?.reject(new Error(error.message));
    else pending?.resolve(result as never);
  }

  /** A question that is left without an answer would stop the other side. */
  #answer(id: number | string, method: string, params: unknown): void {
    const answer = this.#answers[method];
    if (answer) return this.#send({ id, result: answer(params as never) });
    const message = `method: ${method}. Known: ${Object.keys(this.#answers).join(", ")}.`;
    this.#send({ id, error: { code: METHOD_NOT_FOUND, message } });
  }
}

function contentLength(header: string): number {
  const [, digits] = /^content-length: *(\d+)$/im.exec(header) ?? [];
  if (digits === undefined) throw new Error(`header: ${header}. It has no Content-Length.`);
  return Number(digits);
}
