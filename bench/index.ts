/**
 * `npm run bench -- NAME [ARGUMENT ...] [--save]`: each bench measures Downhill and its peers in one
 * run and answers with a report, which is printed and, with `--save`, kept in `results/NAME.md`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fromRoot, root } from "../root.ts";
import { toMarkdown } from "./report.ts";
import type { Report } from "./report.ts";

/** What a bench exports as `bench`. The arguments narrow it down; each bench says which it knows. */
export type Bench = (args: string[]) => Promise<Report>;

/** A bench is loaded only when it is asked for: peers are heavy, and may be missing. */
export const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  kernel: () => import("./kernel.ts"),
  step: () => import("./step/index.ts"),
  train: () => import("./train/index.ts"),
};

/** Runs one bench. Throws for a name that is not known. */
export async function runBench(
  name: string | undefined,
  args: string[],
  { save = false } = {},
): Promise<void> {
  const load = name !== undefined && Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (load === undefined) {
    throw new Error(`bench: ${name ?? "none given"}. Known: ${Object.keys(benches).join(", ")}.`);
  }
  const { bench } = await load();
  const report = await bench(args);
  const markdown = await toMarkdown(`npm run bench -- ${name}`, report);
  console.log(markdown);
  if (!save) return;
  const folder = fromRoot("bench", "results");
  mkdirSync(folder, { recursive: true });
  const files = Object.entries({ [`${name}.md`]: markdown, ...report.pictures });
  for (const [each, text] of files) {
    const path = join(folder, each);
    writeFileSync(path, text);
    console.log(`Saved: ${relative(root, path)}`);
  }
}
