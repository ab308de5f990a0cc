import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fields, optionalString } from "./check.ts";
import { absent } from "./files.ts";
import { HttpError, json, noContent, route, type Route } from "./http.ts";
import { Kernel } from "./kernel.ts";
import { unknownKernel, type KernelSpecs } from "./kernelspecs.ts";
import type { Paths } from "./paths.ts";

/** What a kernel is started for. */
export interface Start {
  name?: string;
  /** The folder it runs in, as an API path. */
  folder?: string;
  /** The notebook it runs for, as an API path. */
  notebook?: string;
}

/** The running kernels. */
export class Kernels {
  private readonly running = new Map<string, Kernel>();
  private closing = false;

  constructor(
    private readonly specs: KernelSpecs,
    private readonly paths: Paths,
    private readonly runtimeDir: string,
    private readonly log: (line: string) => void,
  ) {}

  async start({ name, folder = "", notebook }: Start): Promise<Kernel> {
    if (this.closing) throw new HttpError(503, "server: it is stopping.");
    const chosen = name ?? Object.keys(this.specs)[0] ?? "";
    const found = Object.hasOwn(this.specs, chosen) ? this.specs[chosen] : undefined;
    if (found === undefined) throw unknownKernel(chosen, this.specs);
    const cwd = await this.existingFolder(folder);
    const id = randomUUID();
    const kernel = new Kernel({
      id,
      name: chosen,
      spec: found.spec,
      resourceDir: found.resourceDir,
      cwd,
      sessionName: notebook === undefined ? undefined : join(this.paths.root, notebook),
      runtimeDir: this.runtimeDir,
      log: (line) => this.log(`kernel ${id.slice(0, 8)}: ${line}`),
    });
    this.running.set(id, kernel);
    await kernel.started().catch((error: unknown) => {
      this.running.delete(id);
      throw error;
    });
    return kernel;
  }

  get(id: string): Kernel {
    const kernel = this.running.get(id);
    if (kernel !== undefined) return kernel;
    throw new HttpError(404, `kernel: ${id}. It does not exist.`);
  }

  has(id: string): boolean {
    return this.running.has(id);
  }

  list(): Kernel[] {
    return [...this.running.values()];
  }

  async shutdown(id: string): Promise<void> {
    const kernel = this.get(id);
    this.running.delete(id);
    await kernel.shutdown();
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.running.keys()].map((id) => this.shutdown(id)));
  }

  /** The folder, or the nearest one above it that exists. */
  private async existingFolder(folder: string): Promise<string> {
    for (let path = folder; ; path = dirname(path)) {
      const resolved = await this.paths.resolve(path);
      if ((await stat(resolved).catch(absent))?.isDirectory()) return resolved;
    }
  }
}

export function kernelRoutes(kernels: Kernels): Route[] {
  const one = "/api/kernels/([^/]+)";
  return [
    route("GET", "/api/kernels", () => json(kernels.list().map(({ model }) => model))),
    route("POST", "/api/kernels", async ({ json: read }) => {
      const body = fields((await read()) ?? {}, "kernel");
      const path = optionalString(body, "path");
      const name = optionalString(body, "name");
      const kernel = await kernels.start({ name, folder: path });
      return json(kernel.model, 201, { Location: `/api/kernels/${kernel.id}` });
    }),
    route("GET", one, ({ params: [id = ""] }) => json(kernels.get(id).model)),
    route("DELETE", one, async ({ params: [id = ""] }) => {
      await kernels.shutdown(id);
      return noContent;
    }),
    route("POST", `${one}/interrupt`, async ({ params: [id = ""] }) => {
      await kernels.get(id).interrupt();
      return noContent;
    }),
    route("POST", `${one}/restart`, async ({ params: [id = ""] }) => {
      const kernel = kernels.get(id);
      await kernel.restart();
      return json(kernel.model);
    }),
  ];
}
