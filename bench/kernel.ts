/**
 * The kernel beside its peers: start to kernel_info, one warm `1 + 1`, a warm completion, memory.
 * Peers are taken from the kernelspecs of this machine: tslab, deno, python3.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { kernelSpec } from "../kernel/install.ts";
import { TestKernel } from "../test/kernel/client.ts";
import { median } from "./report.ts";
import type { Report } from "./report.ts";

const STARTS = 5;
const RUNS = 100;
const FOLDERS = [
  process.env.JUPYTER_DATA_DIR,
  join(homedir(), ".local", "share", "jupyter"),
  "/usr/local/share/jupyter",
  "/usr/share/jupyter",
];

interface Peer {
  argv: string[];
  /** Code, and where the cursor is, for a completion. */
  member: string;
}

function peers(): Record<string, Peer> {
  const found: Record<string, Peer> = {
    downhill: { argv: kernelSpec().argv, member: "Math.ma" },
    "downhill, typed": { argv: kernelSpec().argv, member: "Math.ma" },
  };
  for (const [name, member] of [
    ["tslab", "Math.ma"],
    ["deno", "Math.ma"],
    ["python3", "str.ma"],
  ] as const) {
    const file = FOLDERS.filter((folder) => folder !== undefined)
      .map((folder) => join(folder, "kernels", name, "kernel.json"))
      .find((path) => existsSync(path));
    if (file === undefined) console.log(`${name}: not installed`);
    else found[name] = { argv: (JSON.parse(readFileSync(file, "utf8")) as Peer).argv, member };
  }
  return found;
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await what();
  return performance.now() - start;
}

async function measure(name: string, { argv, member }: Peer): Promise<string[]> {
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const begun = performance.now();
    const kernel = await TestKernel.spawn({ argv });
    await kernel.request("kernel_info_request", {});
    starts.push(performance.now() - begun);
    await kernel.stop();
  }
  const kernel = await TestKernel.spawn({ argv });
  try {
    // A peer does not say when its outputs can be heard.
    const heard = () => kernel.all.some((each) => each.channel === "iopub");
    do await kernel.request("kernel_info_request", {});
    while (!heard());
    await kernel.execute("1 + 1");
    const status = readFileSync(`/proc/${kernel.process.pid}/status`, "utf8");
    const memory = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
    // From the first typed cell on, every cell is checked before it runs.
    if (name.includes("typed")) await kernel.execute("const typed: number = 1");
    const complete = () =>
      kernel.request("complete_request", { code: member, cursor_pos: member.length });
    await complete();
    const runs: number[] = [];
    const completions: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      runs.push(await timed(() => kernel.execute("1 + 1")));
      completions.push(await timed(complete));
    }
    const numbers = [median(starts), median(runs), median(completions), memory];
    return [name, ...numbers.map((each) => each.toFixed(1))];
  } finally {
    await kernel.stop();
  }
}

export async function bench(): Promise<Report> {
  const rows: string[][] = [];
  for (const [name, peer] of Object.entries(peers())) rows.push(await measure(name, peer));
  const head = ["kernel", "start ms", "1 + 1 ms", "complete ms", "memory MiB"];
  return {
    about: `Medians of ${STARTS} starts and of ${RUNS} requests.`,
    peers: {},
    tables: [{ title: "Kernels", head, rows }],
  };
}
