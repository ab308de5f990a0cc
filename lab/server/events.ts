import type { WebSocket } from "ws";
import { fields, requiredString } from "./check.ts";
import { noContent, route, type Route } from "./http.ts";

/** The event bus: what one page emits, every page that subscribed hears. */
export class Events {
  private readonly subscribers = new Set<WebSocket>();

  subscribe(socket: WebSocket): void {
    this.subscribers.add(socket);
    socket.on("close", () => this.subscribers.delete(socket));
  }

  emit(event: object): void {
    const text = JSON.stringify(event);
    for (const socket of this.subscribers) socket.send(text);
  }
}

export function eventRoutes(events: Events): Route[] {
  return [
    route("POST", "/api/events", async ({ json: read }) => {
      const body = fields(await read(), "event");
      events.emit({
        ...fields(body.data, "data"),
        schema_id: requiredString(body, "schema_id"),
        version: body.version,
        __timestamp__: new Date().toISOString(),
      });
      return noContent;
    }),
  ];
}
