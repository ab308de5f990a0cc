import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Auth } from "./auth.ts";
import { connectChannels } from "./channels.ts";
import type { Events } from "./events.ts";
import { HttpError } from "./http.ts";
import type { Kernels } from "./kernels.ts";
import { V1 } from "./wire.ts";

/** A page that answers no ping for this long is gone: a sleeping laptop, a cut cable. */
const PING_MS = 30_000;

export interface WebsocketOptions {
  auth: Auth;
  kernels: Kernels;
  events: Events;
  log(line: string): void;
}

/** Answers upgrade requests; returns the function that drops every connection. */
export function acceptWebsockets(server: Server, options: WebsocketOptions): () => void {
  const { auth, kernels, events, log } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 512 * 2 ** 20,
    handleProtocols: (offered) => (offered.has(V1) ? V1 : false),
  });
  const awake = new WeakSet<WebSocket>();

  /** What to do with the websocket of an address, once it is open. */
  const find = (message: IncomingMessage): ((socket: WebSocket) => void) => {
    auth.checkSource(message);
    const url = new URL(message.url ?? "/", "http://localhost");
    if (!auth.isKnown(message, url)) throw new HttpError(403, "token: missing or wrong.");
    if (url.pathname === "/api/events/subscribe") return (socket) => events.subscribe(socket);
    const id = /^\/api\/kernels\/([^/]+)\/channels$/.exec(url.pathname)?.[1];
    if (id === undefined) throw new HttpError(404, `address: ${url.pathname}. Nothing is here.`);
    const kernel = kernels.get(id);
    return (socket) => connectChannels(socket, kernel, url.searchParams.get("session_id"), log);
  };

  server.on("upgrade", (message, stream, head) => {
    try {
      const connected = find(message);
      sockets.handleUpgrade(message, stream, head, (socket) => {
        socket.on("error", (error) => log(`websocket: ${error.message}`));
        socket.on("pong", () => awake.add(socket));
        awake.add(socket);
        connected(socket);
      });
    } catch (error) {
      refuse(stream, error instanceof HttpError ? error.status : 400);
    }
  });

  const ping = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!awake.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, PING_MS);
  ping.unref();

  return () => {
    clearInterval(ping);
    for (const socket of sockets.clients) socket.terminate();
  };
}

function refuse(stream: Duplex, status: number): void {
  // Nobody else listens yet, and who is refused may hang up before hearing it.
  stream.on("error", () => stream.destroy());
  stream.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
