import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import json5 from "json5";
import { fields, requiredString, type Fields } from "./check.ts";
import { absent, readJsonFile, writeAtomically } from "./files.ts";
import { HttpError, json, noContent, route, type Route } from "./http.ts";

/**
 * JupyterLab's settings. The schemas come with the built extensions (`@jupyterlab/x/plugin.json`),
 * with the application's own defaults (`overrides.json`) put over theirs. What the user changed is
 * kept as the JSON5 text that was typed, comments included.
 */
export class Settings {
  private schemas: Promise<Map<string, Fields>> | undefined;

  constructor(
    private readonly appDir: string | undefined,
    private readonly userDir: string,
  ) {}

  async ids(): Promise<string[]> {
    return [...(await this.load()).keys()];
  }

  async get(id: string) {
    const schema = (await this.load()).get(id);
    if (schema === undefined) throw new HttpError(404, `settings: ${id}. No extension has these.`);
    const file = this.file(id);
    const found = await stat(file).catch(absent);
    const raw = (await readFile(file, "utf8").catch(absent)) ?? "{}";
    return {
      id,
      schema,
      version: schema["jupyter.lab.version"] ?? "",
      raw,
      settings: parse(raw, id),
      last_modified: found?.mtime.toISOString() ?? null,
      created: found?.birthtime.toISOString() ?? null,
    };
  }

  async save(id: string, raw: string): Promise<void> {
    if (!(await this.load()).has(id)) {
      throw new HttpError(404, `settings: ${id}. No extension has these.`);
    }
    parse(raw, id);
    await writeAtomically(this.file(id), raw);
  }

  private load(): Promise<Map<string, Fields>> {
    this.schemas ??= this.read();
    return this.schemas;
  }

  private async read(): Promise<Map<string, Fields>> {
    const schemas = new Map<string, Fields>();
    if (this.appDir === undefined) return schemas;
    const overrides = fields(await readJsonFile(join(this.appDir, "overrides.json")), "overrides");
    const folder = join(this.appDir, "schemas");
    for (const name of (await readdir(folder, { recursive: true })).sort()) {
      const [scope, extension, file] = name.split(sep);
      if (!file?.endsWith(".json")) continue;
      const id = `${scope}/${extension}:${file.slice(0, -".json".length)}`;
      const schema = fields(await readJsonFile(join(folder, name)), name);
      schemas.set(id, withDefaults(schema, fields(overrides[id] ?? {}, id)));
    }
    return schemas;
  }

  private file(id: string): string {
    const file = join(this.userDir, ...id.split(":")) + ".jupyterlab-settings";
    if (relative(this.userDir, file).startsWith("..")) throw new HttpError(404, `settings: ${id}.`);
    return file;
  }
}

function withDefaults(schema: Fields, defaults: Fields): Fields {
  const properties = { ...fields(schema.properties ?? {}, "properties") };
  for (const [name, value] of Object.entries(defaults)) {
    properties[name] = { ...fields(properties[name] ?? {}, name), default: value };
  }
  return { ...schema, properties };
}

function parse(raw: string, id: string): unknown {
  try {
    return json5.parse(raw);
  } catch (error) {
    throw new HttpError(400, `settings: ${id}: not JSON5 (${(error as Error).message}).`);
  }
}

export function settingRoutes(settings: Settings): Route[] {
  const one = "/lab/api/settings/(.+)";
  return [
    route("GET", "/lab/api/settings/?", async ({ query }) => {
      const ids = await settings.ids();
      if (query.get("ids_only") === "true") return json({ settings: ids.map((id) => ({ id })) });
      return json({ settings: await Promise.all(ids.map((id) => settings.get(id))) });
    }),
    route("GET", one, async ({ params: [id = ""] }) => json(await settings.get(id))),
    route("PUT", one, async ({ params: [id = ""], json: read }) => {
      await settings.save(id, requiredString(fields(await read(), "settings"), "raw"));
      return noContent;
    }),
  ];
}
