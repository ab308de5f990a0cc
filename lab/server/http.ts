import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

/** A failed request: its status and a message that JupyterLab shows to the reader. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What a handler sees of a request. */
export interface Request {
  method: string;
  /** Decoded groups of the route's pattern, in order; a group that did not match is "". */
  params: string[];
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  /** The body as JSON; an empty body is `undefined`. Anything else that is not JSON answers 400. */
  json(): Promise<unknown>;
}

/** What a handler answers. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** A file to stream instead of `body`. */
  file?: { path: string; size: number };
}

/** One line of the routing table. Patterns are anchored and see the path still percent-encoded. */
export interface Route {
  method: string;
  pattern: RegExp;
  handle(request: Request): Reply | Promise<Reply>;
}

/** `route("GET", "/api/kernels/([^/]+)", ...)` */
export function route(method: string, pattern: string, handle: Route["handle"]): Route {
  return { method, pattern: new RegExp(`^${pattern}$`), handle };
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  const body = JSON.stringify(value);
  return { status, headers: { "Content-Type": "application/json", ...headers }, body };
}

export const noContent: Reply = { status: 204 };

/** The largest body that is read: a notebook with many pictures, an uploaded data set. */
const MAX_BODY = 512 * 2 ** 20;

/** Finds the route of a request and runs it. */
export async function dispatch(
  routes: Route[],
  message: IncomingMessage,
  url: URL,
): Promise<Reply> {
  const method = message.method === "HEAD" ? "GET" : (message.method ?? "GET");
  const matching = routes.filter(({ pattern }) => pattern.test(url.pathname));
  const found = matching.find((candidate) => candidate.method === method);
  if (found === undefined) {
    if (matching.length === 0)
      throw new HttpError(404, `address: ${url.pathname}. Nothing is here.`);
    const known = matching.map((candidate) => candidate.method).join(", ");
    throw new HttpError(405, `method: ${method}. ${url.pathname} answers ${known}.`);
  }
  const groups = found.pattern.exec(url.pathname)?.slice(1) ?? [];
  return found.handle({
    method,
    params: groups.map((group) => decode(group ?? "")),
    query: url.searchParams,
    headers: message.headers,
    json: () => readJson(message),
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, `address: ${text}. Its percent-encoding is broken.`);
  }
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new HttpError(413, `body: over ${MAX_BODY / 2 ** 20} MiB.`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, `body: not JSON (${(error as Error).message}).`);
  }
}

/** Headers of every answer. A route's own headers win. */
const securityHeaders = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'",
  "Cache-Control": "no-store",
};

export async function send(response: ServerResponse, reply: Reply, method = "GET"): Promise<void> {
  const { status, body = "", file } = reply;
  const length = file?.size ?? Buffer.byteLength(body);
  const sizes = status === 204 ? {} : { "Content-Length": String(length) };
  response.writeHead(status, { ...securityHeaders, ...sizes, ...reply.headers });
  if (method === "HEAD" || file === undefined) {
    response.end(method === "HEAD" ? undefined : body);
    return;
  }
  await pipeline(createReadStream(file.path, { end: Math.max(0, file.size - 1) }), response);
}

/** What the file system says, as a status. */
const statusOf: Record<string, number> = {
  ENOENT: 404,
  ENOTDIR: 404,
  ELOOP: 404,
  EACCES: 403,
  EPERM: 403,
  EROFS: 403,
  EEXIST: 409,
  EISDIR: 400,
  ENAMETOOLONG: 400,
  ENOSPC: 507,
};

/** An error as the Jupyter Server writes it. */
export function failure(error: unknown): Reply {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const status = error instanceof HttpError ? error.status : (statusOf[code] ?? 500);
  return json({ message, reason: null }, status);
}
