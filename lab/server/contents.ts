import { cp, mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { fields, optionalString, requiredString, type Fields } from "./check.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { absent, writeAtomically } from "./files.ts";
import { HttpError, json, noContent, route, type Reply, type Route } from "./http.ts";
import { Reader, type Model } from "./models.ts";
import { checkNotebook, joinLines, parseNotebook, printNotebook } from "./nbformat.ts";
import { normalize, type Paths } from "./paths.ts";
import { allCellsTrusted, markCells, type TrustStore } from "./trust.ts";
import { LAST_CHUNK, Uploads } from "./uploads.ts";

const summary = { content: false, hash: false };

/** The files under the root, as the Jupyter contents API offers them. */
export class Contents {
  readonly uploads = new Uploads();
  private readonly reader: Reader;

  constructor(
    private readonly paths: Paths,
    private readonly checkpoints: Checkpoints,
    private readonly trust: TrustStore,
  ) {
    this.reader = new Reader(paths, trust);
  }

  get(path: string, query: URLSearchParams): Promise<Model> {
    const content = query.get("content") ?? "1";
    const hash = query.get("hash") ?? "0";
    for (const [name, value] of Object.entries({ content, hash })) {
      if (value !== "0" && value !== "1")
        throw new HttpError(400, `${name}: ${value}. Known: 0, 1.`);
    }
    return this.reader.model(normalize(path), {
      type: query.get("type") ?? undefined,
      format: query.get("format") ?? undefined,
      content: content === "1",
      hash: hash === "1",
    });
  }

  /** Saves a file, or makes a folder; tells whether it is new. */
  async save(path: string, body: Fields): Promise<{ model: Model; created: boolean }> {
    const target = normalize(path);
    if (target === "")
      throw new HttpError(400, "path: /. The served folder itself cannot be saved.");
    const file = await this.paths.resolve(target);
    const before = await stat(file).catch(absent);
    const type = requiredString(body, "type");
    if (type === "directory") {
      if (before?.isFile()) throw new HttpError(409, `folder: ${path}. A file has this name.`);
      await mkdir(file, { recursive: true });
    } else {
      if (before?.isDirectory()) throw new HttpError(409, `file: ${path}. A folder has this name.`);
      await this.write(file, type, body);
    }
    const created = before === undefined;
    if (isUnfinished(body)) return { model: unfinished(target), created };
    return { model: await this.reader.model(target, { content: false, hash: true }), created };
  }

  private async write(file: string, type: string, body: Fields): Promise<void> {
    if (type === "notebook") {
      const notebook = readNotebook(body.content);
      const stripped = markCells(notebook, undefined);
      // Signed first: a crash between the two leaves a signature of nothing, which harms nobody.
      if (allCellsTrusted(notebook)) await this.trust.trust(stripped);
      return writeAtomically(file, printNotebook(stripped));
    }
    if (type !== "file")
      throw new HttpError(400, `type: ${type}. Known: notebook, file, directory.`);
    const bytes = decode(body);
    if (body.chunk === undefined) return writeAtomically(file, bytes);
    if (typeof body.chunk !== "number") throw new HttpError(400, "chunk: a number is needed.");
    return this.uploads.add(file, body.chunk, bytes);
  }

  /** Makes an untitled file, notebook or folder, or copies a file, inside a folder. */
  async create(folder: string, body: Fields): Promise<Model> {
    const parent = normalize(folder);
    if (!(await stat(await this.paths.resolve(parent))).isDirectory()) {
      throw new HttpError(400, `path: ${folder}. It is not a folder.`);
    }
    const from = optionalString(body, "copy_from");
    if (from !== undefined) return this.copy(normalize(from), parent);
    const type = optionalString(body, "type") ?? "file";
    const extension = optionalString(body, "ext") ?? ".txt";
    const name = (n: number) => {
      if (type === "directory") return `Untitled Folder${n === 0 ? "" : ` ${n}`}`;
      if (type === "notebook") return `Untitled${n || ""}.ipynb`;
      return `untitled${n || ""}.${extension.replace(/^\./, "")}`;
    };
    const path = await this.freeName(parent, name);
    const content = type === "notebook" ? emptyNotebook() : "";
    return (await this.save(path, { type, content, format: "text" })).model;
  }

  private async copy(from: string, parent: string): Promise<Model> {
    const source = await this.paths.resolve(from);
    const extension = extname(from);
    const stem = basename(from, extension).replace(/-Copy\d*$/, "");
    const path = await this.freeName(parent, (n) =>
      n === 0 ? basename(from) : `${stem}-Copy${n}${extension}`,
    );
    const target = await this.paths.resolve(path);
    await cp(source, target, { recursive: true, errorOnExist: true, force: false });
    return this.reader.model(path, summary);
  }

  private async freeName(parent: string, name: (n: number) => string): Promise<string> {
    for (let n = 0; ; n++) {
      const path = parent === "" ? name(n) : `${parent}/${name(n)}`;
      if ((await stat(await this.paths.resolve(path)).catch(absent)) === undefined) return path;
    }
  }

  async rename(path: string, to: string): Promise<Model> {
    const [source, target] = [normalize(path), normalize(to)];
    if (source === "" || target === "") throw new HttpError(400, "path: /. It cannot be renamed.");
    const [from, into] = [await this.paths.resolve(source), await this.paths.resolve(target)];
    if (from !== into) {
      await stat(from);
      if ((await stat(into).catch(absent)) !== undefined) {
        throw new HttpError(409, `file: ${to}. There is one of this name already.`);
      }
      await rename(from, into);
      await this.checkpoints.moved(from, into);
    }
    return this.reader.model(target, summary);
  }

  async delete(path: string): Promise<void> {
    const target = normalize(path);
    if (target === "") throw new HttpError(400, "path: /. The served folder cannot be deleted.");
    const file = await this.paths.resolve(target);
    if (!(await stat(file)).isDirectory()) {
      await rm(file);
      return this.checkpoints.dropped(file);
    }
    const names = (await readdir(file)).filter((name) => name !== ".ipynb_checkpoints");
    if (names.length > 0) throw new HttpError(400, `folder: ${path}. It is not empty.`);
    await rm(`${file}/.ipynb_checkpoints`, { recursive: true, force: true });
    await rmdir(file);
  }

  /** Marks a notebook on disk as trusted by its reader. */
  async sign(path: string): Promise<void> {
    const model = await this.reader.model(normalize(path), { content: true, hash: false });
    if (model.type !== "notebook") throw new HttpError(400, `path: ${path}. It is not a notebook.`);
    await this.trust.trust(markCells(readNotebook(model.content), undefined));
  }
}

function readNotebook(content: unknown) {
  try {
    return joinLines(checkNotebook(content));
  } catch (error) {
    throw new HttpError(400, `notebook: ${(error as Error).message}.`);
  }
}

function isUnfinished({ chunk }: Fields): boolean {
  return chunk !== undefined && chunk !== LAST_CHUNK;
}

/** A file of which only some pieces have arrived. */
function unfinished(path: string): Model {
  const now = new Date().toISOString();
  return {
    name: basename(path),
    path,
    type: "file",
    created: now,
    last_modified: now,
    writable: true,
    size: null,
    mimetype: null,
    format: null,
    content: null,
  };
}

function decode(body: Fields): Buffer {
  const content = requiredString(body, "content");
  const format = optionalString(body, "format") ?? "text";
  if (format === "text") return Buffer.from(content, "utf8");
  if (format === "base64") return Buffer.from(content, "base64");
  throw new HttpError(400, `format: ${format}. Known for a file: text, base64.`);
}

function emptyNotebook() {
  return parseNotebook('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}');
}

export function contentsRoutes(contents: Contents): Route[] {
  const any = "/api/contents(?:/(.*))?";
  const created = (model: Model): Reply => {
    const location = `/api/contents/${model.path.split("/").map(encodeURIComponent).join("/")}`;
    return json(model, 201, { Location: location });
  };
  return [
    route("POST", "/api/contents/(.+)/trust", async ({ params: [path = ""] }) => {
      await contents.sign(path);
      return { status: 201 };
    }),
    route("GET", any, async ({ params: [path = ""], query }) => {
      const model = await contents.get(path, query);
      return json(model, 200, { "Last-Modified": new Date(model.last_modified).toUTCString() });
    }),
    route("PUT", any, async ({ params: [path = ""], json: read }) => {
      const { model, created: isNew } = await contents.save(path, fields(await read(), "model"));
      return isNew ? created(model) : json(model);
    }),
    route("POST", any, async ({ params: [path = ""], json: read }) =>
      created(await contents.create(path, fields((await read()) ?? {}, "model"))),
    ),
    route("PATCH", any, async ({ params: [path = ""], json: read }) => {
      const to = requiredString(fields(await read(), "model"), "path");
      return json(await contents.rename(path, to));
    }),
    route("DELETE", any, async ({ params: [path = ""] }) => {
      await contents.delete(path);
      return noContent;
    }),
  ];
}
