import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { absent } from "./files.ts";
import { HttpError, json, route, type Route } from "./http.ts";
import { mimeType } from "./models.ts";
import type { KernelSpec } from "./process.ts";

/** The kernels that can be started, by name. `resourceDir` holds the logos. */
export type KernelSpecs = Record<string, { spec: KernelSpec; resourceDir?: string }>;

export function kernelspecRoutes(specs: KernelSpecs): Route[] {
  const find = (name: string) => {
    const found = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (found !== undefined) return found;
    throw unknownKernel(name, specs);
  };
  const describe = async (name: string) => {
    const { spec, resourceDir } = find(name);
    return { name, spec, resources: await resources(name, resourceDir) };
  };
  return [
    route("GET", "/api/kernelspecs", async () => {
      const names = Object.keys(specs);
      const all = await Promise.all(names.map(async (name) => [name, await describe(name)]));
      return json({ default: names[0] ?? "", kernelspecs: Object.fromEntries(all) as unknown });
    }),
    route("GET", "/api/kernelspecs/([^/]+)", async ({ params: [name = ""] }) =>
      json(await describe(name)),
    ),
    route("GET", "/kernelspecs/([^/]+)/([\\w.-]+)", async ({ params: [name = "", file = ""] }) => {
      const { resourceDir } = find(name);
      const content =
        resourceDir === undefined || file.startsWith(".")
          ? undefined
          : await readFile(join(resourceDir, file)).catch(absent);
      if (content === undefined) throw new HttpError(404, `resource: ${file}. ${name} has none.`);
      const type = mimeType(file) ?? "application/octet-stream";
      return { status: 200, headers: { "Content-Type": type }, body: content };
    }),
  ];
}

export function unknownKernel(name: string, specs: KernelSpecs): HttpError {
  const known = Object.keys(specs).join(", ") || "none";
  return new HttpError(404, `kernel: ${name}. Known kernels: ${known}.`);
}

/** Addresses of a kernel's logos and scripts, keyed as the Jupyter Server keys them. */
async function resources(name: string, folder: string | undefined) {
  const files = folder === undefined ? [] : ((await readdir(folder).catch(absent)) ?? []);
  const address = (file: string) => `/kernelspecs/${encodeURIComponent(name)}/${file}`;
  const wanted = files.filter((file) => /^(logo-[\w.-]+|kernel\.(js|css))$/.test(file));
  return Object.fromEntries(
    wanted.map((file) => [
      file.startsWith("logo-") ? file.replace(/\.\w+$/, "") : file,
      address(file),
    ]),
  );
}
