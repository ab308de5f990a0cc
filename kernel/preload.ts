import { createRequire } from "node:module";
import type * as Plot from "@observablehq/plot";
import * as autograd from "../lib/autograd/index.ts";
import * as optim from "../lib/optim/index.ts";
import * as teach from "../lib/teach/index.ts";

const require = createRequire(import.meta.url);

/** What every cell can see without an import. A cell may declare the same names for itself. */
export const preloaded: Record<string, unknown> = { ...autograd, ...optim, ...teach };

/** As `preloaded`, but loaded at the first use: Plot takes a third of a second. */
export const preloadedLazily: Record<string, () => unknown> = {
  Plot: () => require("@observablehq/plot") as typeof Plot,
};
