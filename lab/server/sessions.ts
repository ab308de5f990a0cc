import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { fields, optionalString, requiredString, type Fields } from "./check.ts";
import { HttpError, json, noContent, route, type Route } from "./http.ts";
import type { Kernels } from "./kernels.ts";

/** Which notebook (or console) talks to which kernel. */
interface Session {
  id: string;
  path: string;
  name: string;
  type: string;
  kernelId: string;
}

export class Sessions {
  private readonly open = new Map<string, Session>();
  private readonly starting = new Map<string, Promise<Session>>();

  constructor(private readonly kernels: Kernels) {}

  /** The sessions whose kernels live. */
  list() {
    for (const [id, { kernelId }] of this.open) {
      if (!this.kernels.has(kernelId)) this.open.delete(id);
    }
    return [...this.open.values()].map((session) => this.model(session));
  }

  get(id: string): Session {
    const session = this.open.get(id);
    if (session !== undefined && this.kernels.has(session.kernelId)) return session;
    throw new HttpError(404, `session: ${id}. It does not exist.`);
  }

  /** The session of a path; a new one is made, with a kernel, when there is none. */
  async create(body: Fields) {
    const path = requiredString(body, "path");
    const known = this.list().find((session) => session.path === path);
    if (known !== undefined) return known;
    // Two pages that open one notebook at the same moment share its kernel.
    const session = this.starting.get(path) ?? this.start(path, body);
    this.starting.set(path, session);
    try {
      return this.model(await session);
    } finally {
      this.starting.delete(path);
    }
  }

  private async start(path: string, body: Fields): Promise<Session> {
    const type = requiredString(body, "type");
    const name = optionalString(body, "name") ?? "";
    const kernelId = await this.kernelFor(body, path, type);
    const session = { id: randomUUID(), path, name, type, kernelId };
    this.open.set(session.id, session);
    return session;
  }

  /** Renames a session, or gives it another kernel; the old kernel ends when nobody uses it. */
  async update(id: string, body: Fields) {
    const session = this.get(id);
    session.path = optionalString(body, "path") ?? session.path;
    session.name = optionalString(body, "name") ?? session.name;
    session.type = optionalString(body, "type") ?? session.type;
    if (body.kernel !== undefined && body.kernel !== null) {
      const previous = session.kernelId;
      session.kernelId = await this.kernelFor(body, session.path, session.type);
      if (previous !== session.kernelId) await this.release(previous);
    }
    return this.model(session);
  }

  async delete(id: string): Promise<void> {
    const { kernelId } = this.get(id);
    this.open.delete(id);
    await this.release(kernelId);
  }

  model({ id, path, name, type, kernelId }: Session) {
    const notebook = type === "notebook" ? { notebook: { path, name } } : {};
    return { id, path, name, type, kernel: this.kernels.get(kernelId).model, ...notebook };
  }

  private async kernelFor(body: Fields, path: string, type: string): Promise<string> {
    const wanted = fields(body.kernel ?? {}, "kernel");
    const id = optionalString(wanted, "id");
    if (id !== undefined) return this.kernels.get(id).id;
    const folder = posix.dirname(path) === "." ? "" : posix.dirname(path);
    const notebook = type === "notebook" ? path : undefined;
    const name = optionalString(wanted, "name") || undefined;
    return (await this.kernels.start({ name, folder, notebook })).id;
  }

  private async release(kernelId: string): Promise<void> {
    const used = [...this.open.values()].some((session) => session.kernelId === kernelId);
    if (!used && this.kernels.has(kernelId)) await this.kernels.shutdown(kernelId);
  }
}

export function sessionRoutes(sessions: Sessions): Route[] {
  const one = "/api/sessions/([^/]+)";
  return [
    route("GET", "/api/sessions", () => json(sessions.list())),
    route("POST", "/api/sessions", async ({ json: read }) => {
      const model = await sessions.create(fields(await read(), "session"));
      return json(model, 201, { Location: `/api/sessions/${model.id}` });
    }),
    route("GET", one, ({ params: [id = ""] }) => json(sessions.model(sessions.get(id)))),
    route("PATCH", one, async ({ params: [id = ""], json: read }) =>
      json(await sessions.update(id, fields(await read(), "session"))),
    ),
    route("DELETE", one, async ({ params: [id = ""] }) => {
      await sessions.delete(id);
      return noContent;
    }),
  ];
}
