import type { Message } from "../../kernel/protocol/messages.ts";

/** A request to execute, and what the kernel has published for it so far. */
export interface Execution {
  id: string;
  /** The session that asked, and the notebook's cell it asked for (JupyterLab tells it). */
  session: string;
  cellId: string | undefined;
  messages: Message[];
  /** How many of them the asker has received. */
  heard: number;
  done: boolean;
  /** When a page that is not the asker first received them. */
  shownAt: number;
  bytes: number;
}

/** The most that is remembered of a kernel's output. */
const MAX_BYTES = 64 * 2 ** 20;

/** A reloaded page opens passing connections before the notebook's own, all within this time. */
const RELOAD_MS = 30_000;

/**
 * What a kernel has published for the requests that are under way, or whose asker is gone. A page
 * that is reloaded while a cell runs has forgotten its request; from this it gets the cell's whole
 * output again.
 */
export class Executions {
  private readonly known = new Map<string, Execution>();

  /** Remembers a request; what the same cell printed before is then over. */
  begin({ header, metadata }: Message): void {
    if (header.msg_type !== "execute_request") return;
    const cellId = typeof metadata.cellId === "string" ? metadata.cellId : undefined;
    for (const { id, cellId: other, done } of this.known.values()) {
      if (done && other === cellId && cellId !== undefined) this.known.delete(id);
    }
    const { msg_id: id, session } = header;
    const nothing = { messages: [], heard: 0, done: false, shownAt: Infinity, bytes: 0 };
    this.known.set(id, { id, session, cellId, ...nothing });
  }

  /** The execution that a message belongs to, if it is remembered. */
  of({ parent_header }: Message): Execution | undefined {
    return this.known.get(parent_header.msg_id ?? "");
  }

  /** All that are worth showing to a page that comes. */
  all(): Execution[] {
    const tooOld = Date.now() - RELOAD_MS;
    for (const { id, done, shownAt } of this.known.values()) {
      if (done && shownAt < tooOld) this.known.delete(id);
    }
    return [...this.known.values()];
  }

  add(execution: Execution, message: Message): void {
    execution.messages.push(message);
    execution.bytes += sizeOf(message);
    const { msg_type } = message.header;
    if (msg_type === "status" && message.content.execution_state === "idle") execution.done = true;
    this.limit();
  }

  /** The asker has received everything so far. */
  heard(execution: Execution): void {
    execution.heard = execution.messages.length;
    if (execution.done) this.known.delete(execution.id);
  }

  /** The kernel has died: nothing more will come. */
  finish(): void {
    for (const execution of this.known.values()) execution.done = true;
  }

  clear(): void {
    this.known.clear();
  }

  /** Halves the largest until all fit. The first two messages, busy and input, stay. */
  private limit(): void {
    const all = [...this.known.values()];
    let total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    while (total > MAX_BYTES) {
      const largest = all.reduce((a, b) => (a.bytes > b.bytes ? a : b));
      const dropped = largest.messages.splice(2, Math.ceil((largest.messages.length - 2) / 2));
      if (dropped.length === 0) return;
      const bytes = dropped.reduce((sum, message) => sum + sizeOf(message), 0);
      largest.bytes -= bytes;
      largest.heard = Math.max(0, largest.heard - dropped.length);
      total -= bytes;
    }
  }
}

function sizeOf({ content, buffers }: Message): number {
  const binary = buffers.reduce((total, buffer) => total + buffer.byteLength, 0);
  return JSON.stringify(content).length + binary;
}
