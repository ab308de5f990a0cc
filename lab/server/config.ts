import { join } from "node:path";
import { fields, type Fields } from "./check.ts";
import { readJsonFile, writeAtomically } from "./files.ts";
import { json, route, type Route } from "./http.ts";

/** Named sections of front-end configuration, one JSON file each. */
export class Config {
  constructor(private readonly folder: string) {}

  async get(section: string): Promise<Fields> {
    return fields((await readJsonFile(this.file(section))) ?? {}, section);
  }

  async set(section: string, value: Fields): Promise<Fields> {
    await writeAtomically(this.file(section), JSON.stringify(value, null, 2));
    return value;
  }

  /** Changes what is given, key by key; null removes a key. */
  async update(section: string, change: Fields): Promise<Fields> {
    return this.set(section, merge(await this.get(section), change));
  }

  private file(section: string): string {
    return join(this.folder, `${section}.json`);
  }
}

function merge(target: Fields, change: Fields): Fields {
  const result = { ...target };
  for (const [key, value] of Object.entries(change)) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (value === null) delete result[key];
    else if (isObject) result[key] = merge(fields(target[key] ?? {}, key), value as Fields);
    else result[key] = value;
  }
  return result;
}

export function configRoutes(config: Config): Route[] {
  const one = "/api/config/([\\w-]+)";
  return [
    route("GET", one, async ({ params: [section = ""] }) => json(await config.get(section))),
    route("PUT", one, async ({ params: [section = ""], json: read }) =>
      json(await config.set(section, fields(await read(), "config"))),
    ),
    route("PATCH", one, async ({ params: [section = ""], json: read }) =>
      json(await config.update(section, fields(await read(), "config"))),
    ),
  ];
}
