import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type * as Plot from "@observablehq/plot";
import { fromRoot } from "../root.ts";
import { DEVICES } from "./preludes.ts";

const require = createRequire(import.meta.url);

const gpuFolder = fromRoot("dist", "lib", "kernels", "gpu", "/");

/** Dawn ends the process if JavaScript is terminated in the middle of one of its calls. */
export const fragileFolders = [gpuFolder, pathToFileURL(gpuFolder).href];

/** What every cell can see without an import. A cell may declare the same names for itself. */
export async function preloaded(): Promise<Record<string, unknown>> {
  const [autograd, optim, teach, nn, devices] = await Promise.all([
    import("../lib/autograd/index.ts"),
    import("../lib/optim/index.ts"),
    import("../lib/teach/index.ts"),
    import("../lib/nn/index.ts"),
    import("../lib/kernels/index.ts"),
  ]);
  const picked = Object.fromEntries(DEVICES.map((name) => [name, devices[name]]));
  return { ...autograd, ...optim, ...teach, ...picked, nn };
}

/** As `preloaded`, but loaded at the first use. */
export const preloadedLazily: Record<string, () => unknown> = {
  Plot: () => require("../lib/teach/packages/plot.js") as typeof Plot,
};
