import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fields, type Fields } from "./check.ts";
import { absent, readJsonFile, writeAtomically } from "./files.ts";
import { HttpError, json, noContent, route, type Route } from "./http.ts";

const EXTENSION = ".jupyterlab-workspace";

interface Workspace {
  data: unknown;
  metadata: Fields;
}

/** JupyterLab's layouts, which tabs are open and where, for one served folder. */
export class Workspaces {
  private readonly folder: string;

  constructor(stateDir: string, root: string) {
    this.folder = join(stateDir, digest(root));
  }

  async list(): Promise<Workspace[]> {
    const names = (await readdir(this.folder).catch(absent)) ?? [];
    const files = names.filter((name) => name.endsWith(EXTENSION)).sort();
    const all = await Promise.all(files.map((name) => this.read(join(this.folder, name))));
    return all.filter((workspace) => workspace !== undefined);
  }

  /** An unknown workspace is an empty one: JupyterLab then fills it. */
  async get(id: string): Promise<Workspace> {
    return (await this.read(this.file(id))) ?? { data: {}, metadata: { id } };
  }

  async save(id: string, body: Fields): Promise<void> {
    const metadata = fields(body.metadata ?? {}, "metadata");
    if (metadata.id !== id) {
      throw new HttpError(400, `metadata.id: ${JSON.stringify(metadata.id)}. It must be "${id}".`);
    }
    const workspace = { data: body.data ?? {}, metadata: { id } };
    await writeAtomically(this.file(id), JSON.stringify(workspace));
  }

  async delete(id: string): Promise<void> {
    await rm(this.file(id), { force: true });
  }

  private async read(file: string): Promise<Workspace | undefined> {
    const found = await stat(file).catch(absent);
    if (found === undefined) return undefined;
    const { data, metadata } = fields(await readJsonFile(file), file);
    const times = {
      last_modified: found.mtime.toISOString(),
      created: found.birthtime.toISOString(),
    };
    return { data, metadata: { ...fields(metadata, file), ...times } };
  }

  /** Names come from addresses and may hold anything; a digest is a safe file name. */
  private file(id: string): string {
    return join(this.folder, `${digest(id)}${EXTENSION}`);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

export function workspaceRoutes(workspaces: Workspaces): Route[] {
  const one = "/lab/api/workspaces/([^/]+)";
  return [
    route("GET", "/lab/api/workspaces/?", async () => {
      const values = await workspaces.list();
      return json({ workspaces: { ids: values.map(({ metadata }) => metadata.id), values } });
    }),
    route("GET", one, async ({ params: [id = ""] }) => json(await workspaces.get(id))),
    route("PUT", one, async ({ params: [id = ""], json: read }) => {
      await workspaces.save(id, fields(await read(), "workspace"));
      return noContent;
    }),
    route("DELETE", one, async ({ params: [id = ""] }) => {
      await workspaces.delete(id);
      return noContent;
    }),
  ];
}
