import type * as nbformat from "@jupyterlab/nbformat";
import type { KernelMessage } from "@jupyterlab/services";

type Bundle = nbformat.IMimeBundle;

/**
 * The outputs of one notebook as its kernel sends them, kept as a front end keeps them: streams of one
 * name grow together, `clear_output(wait)` waits for the next output, an updated display changes
 * wherever it stands, and a late output goes to the cell that caused it.
 */
export class NotebookOutputs {
  #cells = new Map<string, nbformat.IOutput[]>();
  #displays = new Map<string, nbformat.IOutput[]>();
  #clearNext = new Set<string>();

  /** Starts a cell: what comes with this request id from now on is its output. */
  open(requestId: string): nbformat.IOutput[] {
    const outputs: nbformat.IOutput[] = [];
    this.#cells.set(requestId, outputs);
    return outputs;
  }

  receive(message: KernelMessage.IIOPubMessage): void {
    const type = message.header.msg_type;
    if (type === "update_display_data") {
      this.#update(message as KernelMessage.IUpdateDisplayDataMsg);
      return;
    }
    const requestId = "msg_id" in message.parent_header ? message.parent_header.msg_id : "";
    const outputs = this.#cells.get(requestId);
    if (outputs === undefined) return;
    if (type === "clear_output") {
      if ((message as KernelMessage.IClearOutputMsg).content.wait) this.#clearNext.add(requestId);
      else outputs.length = 0;
      return;
    }
    const output = toOutput(message);
    if (output === null) return;
    if (this.#clearNext.delete(requestId)) outputs.length = 0;
    append(outputs, output);
    const displayId = transientDisplayId(message);
    if (displayId !== undefined) {
      this.#displays.set(displayId, [...(this.#displays.get(displayId) ?? []), output]);
    }
  }

  #update(message: KernelMessage.IUpdateDisplayDataMsg): void {
    for (const output of this.#displays.get(message.content.transient.display_id) ?? []) {
      output.data = message.content.data as Bundle;
      output.metadata = message.content.metadata as Bundle;
    }
  }
}

function transientDisplayId(message: KernelMessage.IIOPubMessage): string | undefined {
  const { transient } = message.content as { transient?: { display_id?: string } };
  return transient?.display_id;
}

function toOutput(message: KernelMessage.IIOPubMessage): nbformat.IOutput | null {
  const type = message.header.msg_type;
  const content = message.content as Record<string, unknown>;
  switch (type) {
    case "stream":
      return { output_type: type, name: content.name, text: content.text } as nbformat.IOutput;
    case "display_data":
      return {
        output_type: type,
        data: content.data,
        metadata: content.metadata,
      } as nbformat.IOutput;
    case "execute_result": {
      const { data, metadata, execution_count } = content;
      return { output_type: type, data, metadata, execution_count } as nbformat.IOutput;
    }
    case "error": {
      const { ename, evalue, traceback } = content;
      return { output_type: type, ename, evalue, traceback } as nbformat.IOutput;
    }
    default:
      return null;
  }
}

function append(outputs: nbformat.IOutput[], output: nbformat.IOutput): void {
  const last = outputs.at(-1);
  const grows =
    last?.output_type === "stream" && output.output_type === "stream" && last.name === output.name;
  if (grows) last.text = joined(last.text) + joined(output.text);
  else outputs.push(output);
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text);
}

/** Outputs in the one form in which two runs can be compared, whatever front end saved them. */
export function canonical(outputs: nbformat.IOutput[]): string {
  return JSON.stringify(outputs.map(canonicalOutput), null, 1);
}

function canonicalOutput(output: nbformat.IOutput): unknown {
  const { execution_count: _, metadata: __, ...rest } = output;
  if (rest.output_type === "stream") return { ...rest, text: joined(rest.text) };
  if (rest.data === undefined) return sorted(rest);
  const data = Object.entries(rest.data as Bundle).map(([type, value]) => [
    type,
    Array.isArray(value) ? value.join("") : value,
  ]);
  return sorted({ ...rest, data: sorted(Object.fromEntries(data)) });
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
