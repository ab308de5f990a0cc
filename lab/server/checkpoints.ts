import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { absent, temporaryName } from "./files.ts";
import { HttpError, json, noContent, route, type Route } from "./http.ts";
import type { Paths } from "./paths.ts";

/** The one checkpoint a file has, kept beside it where the Jupyter Server keeps its own. */
const ID = "checkpoint";

export class Checkpoints {
  constructor(private readonly paths: Paths) {}

  async create(path: string) {
    const file = await this.fileOf(path);
    const checkpoint = checkpointOf(file);
    await mkdir(dirname(checkpoint), { recursive: true });
    await copyAtomically(file, checkpoint);
    return describe(checkpoint);
  }

  async list(path: string) {
    const checkpoint = checkpointOf(await this.fileOf(path));
    const found = await stat(checkpoint).catch(absent);
    return found === undefined ? [] : [await describe(checkpoint)];
  }

  async restore(path: string): Promise<void> {
    const file = await this.fileOf(path);
    await copyAtomically(await this.existing(file), file);
  }

  async delete(path: string): Promise<void> {
    await rm(await this.existing(await this.fileOf(path)));
  }

  /** The checkpoint follows a file that is renamed. */
  async moved(from: string, to: string): Promise<void> {
    if ((await stat(checkpointOf(from)).catch(absent)) === undefined) return;
    await mkdir(dirname(checkpointOf(to)), { recursive: true });
    await rename(checkpointOf(from), checkpointOf(to));
  }

  /** And goes with a file that is deleted. */
  async dropped(file: string): Promise<void> {
    await rm(checkpointOf(file), { force: true });
  }

  private async fileOf(path: string): Promise<string> {
    const file = await this.paths.resolve(path);
    const found = await stat(file).catch(absent);
    if (found?.isFile()) return file;
    throw new HttpError(404, `file: ${path}. There is no such file.`);
  }

  private async existing(file: string): Promise<string> {
    const checkpoint = checkpointOf(file);
    if ((await stat(checkpoint).catch(absent)) !== undefined) return checkpoint;
    throw new HttpError(404, `checkpoint: none of ${basename(file)}.`);
  }
}

function checkpointOf(file: string): string {
  const extension = extname(file);
  const name = `${basename(file, extension)}-checkpoint${extension}`;
  return join(dirname(file), ".ipynb_checkpoints", name);
}

async function copyAtomically(from: string, to: string): Promise<void> {
  const temporary = temporaryName(to);
  try {
    await copyFile(from, temporary);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function describe(checkpoint: string) {
  return { id: ID, last_modified: (await stat(checkpoint)).mtime.toISOString() };
}

export function checkpointRoutes(checkpoints: Checkpoints): Route[] {
  const all = "/api/contents/(.+)/checkpoints";
  const one = `${all}/${ID}`;
  return [
    route("GET", all, async ({ params: [path = ""] }) => json(await checkpoints.list(path))),
    route("POST", all, async ({ params: [path = ""] }) =>
      json(await checkpoints.create(path), 201),
    ),
    route("POST", one, async ({ params: [path = ""] }) => {
      await checkpoints.restore(path);
      return noContent;
    }),
    route("DELETE", one, async ({ params: [path = ""] }) => {
      await checkpoints.delete(path);
      return noContent;
    }),
  ];
}
