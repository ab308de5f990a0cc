import { createHash } from "node:crypto";
import { access, constants, readdir, readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { HttpError } from "./http.ts";
import { parseNotebook } from "./nbformat.ts";
import type { Paths } from "./paths.ts";
import { markCells, type TrustStore } from "./trust.ts";

export type FileType = "notebook" | "file" | "directory";

/** What the contents API says about one file or folder. */
export interface Model {
  name: string;
  path: string;
  type: FileType;
  created: string;
  last_modified: string;
  writable: boolean;
  size: number | null;
  mimetype: string | null;
  format: "json" | "text" | "base64" | null;
  content: unknown;
  hash?: string;
  hash_algorithm?: string;
}

export interface Wanted {
  type?: string;
  format?: string;
  content: boolean;
  hash: boolean;
}

/** Reads files and folders into models. */
export class Reader {
  constructor(
    private readonly paths: Paths,
    private readonly trust: TrustStore,
  ) {}

  async model(path: string, wanted: Wanted): Promise<Model> {
    const model = await this.describe(path);
    const { type } = model;
    const asFile = wanted.type === "file" && type === "notebook";
    if (wanted.type !== undefined && wanted.type !== type && !asFile) {
      throw new HttpError(400, `type: ${wanted.type}. ${path || "/"} is a ${type}.`);
    }
    if (type === "directory") return wanted.content ? this.withEntries(model) : model;
    const shown: Model = asFile ? { ...model, type: "file" } : model;
    if (!wanted.content && !wanted.hash) return shown;
    const bytes = await readFile(await this.paths.resolve(path));
    const hashed = wanted.hash ? { ...shown, ...hashOf(bytes) } : shown;
    if (!wanted.content) return hashed;
    return shown.type === "notebook"
      ? this.withNotebook(hashed, bytes)
      : withText(hashed, bytes, wanted.format);
  }

  private async describe(path: string): Promise<Model> {
    const file = await this.paths.resolve(path);
    const found = await stat(file);
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!found.isDirectory() && !found.isFile()) {
      throw new HttpError(400, `path: ${path}. It is neither a file nor a folder.`);
    }
    const type = found.isDirectory() ? "directory" : name.endsWith(".ipynb") ? "notebook" : "file";
    return {
      name,
      path,
      type,
      created: found.birthtime.toISOString(),
      last_modified: found.mtime.toISOString(),
      writable: await access(file, constants.W_OK).then(
        () => true,
        () => false,
      ),
      size: type === "directory" ? null : found.size,
      mimetype: type === "file" ? mimeType(name) : null,
      format: null,
      content: null,
    };
  }

  private async withEntries(model: Model): Promise<Model> {
    const names = await readdir(await this.paths.resolve(model.path));
    const visible = names.filter((name) => !name.startsWith("."));
    const entries = await Promise.all(
      visible.map((name) =>
        // A broken link, a socket or a link that leads out of the root has no entry.
        this.describe(model.path === "" ? name : `${model.path}/${name}`).catch(() => null),
      ),
    );
    return { ...model, format: "json", content: entries.filter((entry) => entry !== null) };
  }

  private async withNotebook(model: Model, bytes: Buffer): Promise<Model> {
    try {
      const notebook = parseNotebook(bytes.toString("utf8"));
      const content = markCells(notebook, await this.trust.isTrusted(notebook));
      return { ...model, format: "json", content };
    } catch (error) {
      throw new HttpError(400, `notebook: ${model.path}: ${(error as Error).message}.`);
    }
  }
}

function withText(model: Model, bytes: Buffer, wanted: string | undefined): Model {
  const text = wanted === "base64" ? undefined : decodeUtf8(bytes);
  if (text !== undefined) {
    return { ...model, format: "text", mimetype: model.mimetype ?? "text/plain", content: text };
  }
  if (wanted === "text") throw new HttpError(400, `format: text. ${model.path} is not UTF-8.`);
  const mimetype = model.mimetype ?? "application/octet-stream";
  return { ...model, format: "base64", mimetype, content: bytes.toString("base64") };
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function hashOf(bytes: Buffer) {
  return { hash: createHash("sha256").update(bytes).digest("hex"), hash_algorithm: "sha256" };
}

const mimeTypes: Record<string, string> = {
  ".css": "text/css",
  ".csv": "text/csv",
  ".gif": "image/gif",
  ".html": "text/html",
  ".ico": "image/vnd.microsoft.icon",
  ".ipynb": "application/json",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript",
  ".json": "application/json",
  ".md": "text/markdown",
  ".mjs": "text/javascript",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".yaml": "text/yaml",
  ".yml": "text/yaml",
};

/** The type that a file's name suggests, null where it suggests none. */
export function mimeType(name: string): string | null {
  return mimeTypes[extname(name).toLowerCase()] ?? null;
}
