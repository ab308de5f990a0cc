import { randomUUID } from "node:crypto";
import { PROTOCOL_VERSION, type Message } from "../../kernel/protocol/messages.ts";

/** A kernel's status as the server tells it when the kernel cannot: it is restarted, or dead. */
export function status(execution_state: string): Message {
  return {
    identities: [],
    header: {
      msg_id: randomUUID(),
      msg_type: "status",
      username: "server",
      session: "server",
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    },
    parent_header: {},
    metadata: {},
    content: { execution_state },
    buffers: [],
  };
}
