import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import type { Kernel } from "./kernel.ts";
import type { Client } from "./mailbox.ts";
import { jsonProtocol, v1, V1, type Packet } from "./wire.ts";

/** Websocket close code (RFC 6455, section 7.4.1). */
const UNACCEPTABLE = 1003;

/** Connects a page's websocket with a kernel until one of them goes. */
export function connectChannels(
  socket: WebSocket,
  kernel: Kernel,
  sessionId: string | null,
  log: (line: string) => void,
): void {
  const protocol = socket.protocol === V1 ? v1 : jsonProtocol;
  const client: Client = {
    sessions: new Set([sessionId ?? randomUUID()]),
    deliver: (channel, message) => socket.send(protocol.encode({ channel, message })),
  };
  socket.on("message", (data: RawData, isBinary) => {
    let packet: Packet;
    try {
      packet = protocol.decode(toBuffer(data), isBinary);
    } catch (error) {
      const reason = (error as Error).message;
      log(`websocket: ${reason}`);
      return socket.close(UNACCEPTABLE, reason.slice(0, 100));
    }
    const { channel, message } = packet;
    client.sessions.add(message.header.session);
    // Pages have no business on iopub, which only the kernel speaks on.
    if (channel === "iopub") return;
    kernel.send(channel, message).catch((error: unknown) => log(`websocket: ${String(error)}`));
  });
  socket.on("close", () => kernel.detach(client));
  kernel.attach(client);
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
