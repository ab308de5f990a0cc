import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fromRoot } from "../root.ts";
import type { Prelude } from "./language/globals.ts";

const require = createRequire(import.meta.url);

/** Where optimizers run. */
export const DEVICES = [
  "get_default_device",
  "get_num_threads",
  "gpu",
  "set_default_device",
  "set_num_threads",
  "wasm",
] as const;

/** The names of preload.ts for the type checker: values and types of the library, devices, nn, and Plot. */
export function preludes(): Prelude[] {
  const libraries = ["autograd", "optim", "teach"].map((name) => {
    const declarations = fromRoot("dist", "lib", name, "index.d.ts");
    const names = exportedNames(readFileSync(declarations, "utf8"));
    return { module: declarations.replace(/\.d\.ts$/, ".js"), names, about: ABOUT };
  });
  const kernels = {
    module: fromRoot("dist", "lib", "kernels", "index.js"),
    names: [...DEVICES],
  };
  const whole = [
    { module: fromRoot("dist", "lib", "nn", "index.js"), names: { namespace: "nn" }, about: ABOUT },
    { module: require.resolve("@observablehq/plot"), names: { namespace: "Plot" }, about: ABOUT },
  ];
  return [...libraries, kernels, ...whole];
}

const ABOUT: Record<string, string> = {
  Plot: "Observable Plot, for charts: `Plot.plot({ marks: [Plot.lineY(values)] })`. See observablehq.com/plot.",
  extra:
    "Optimizers that PyTorch does not have: `new extra.Lion([w])`, LAMB, Adan, Sophia, Prodigy and more.",
  lr_scheduler:
    "Learning rate schedulers, as torch.optim.lr_scheduler: `new lr_scheduler.StepLR(opt, { step_size: 30 })`.",
  nn: "Networks, as torch.nn: `new nn.Sequential(new nn.Linear(2, 8), new nn.ReLU(), new nn.Linear(8, 1))`.",
  swa_utils: "Averages of weights over many steps, as torch.optim.swa_utils: SWA and EMA.",
};

/** The names in the `export { a, type b } from "..."` and `export * as c` lines of an index. */
function exportedNames(declarations: string): string[] {
  const lists = declarations.matchAll(/^export (?:type )?\{([^}]*)\}/gm);
  const namespaces = [...declarations.matchAll(/^export \* as (\w+)/gm)].map(([, name]) => name!);
  const named = [...lists].flatMap(([, list]) =>
    list!
      .split(",")
      .map((each) => each.trim().split(/\s+/).at(-1)!)
      .filter(Boolean),
  );
  return [...new Set([...named, ...namespaces])];
}
