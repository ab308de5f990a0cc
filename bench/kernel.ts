/**
 * The kernel beside its peers, `npm run bench -- kernel`: how long a reader waits for it, and what
 * it weighs. One client for all, zeromq in Node over TCP; the kernels take turns, request by request.
 */
import { readdirSync, readFileSync } from "node:fs";
import { TestKernel } from "../test/kernel/client.ts";
import type { Received } from "../test/kernel/client.ts";
import { kernels } from "./kernels.ts";
import type { KernelUnderTest } from "./kernels.ts";
import { median, quantile } from "./report.ts";
import type { Report, Table } from "./report.ts";

const STARTS = 7;
const RUNS = 200;
const CELLS = 500;
/** So many of them show what a cell takes by then. */
const LAST_CELLS = 50;
/** An answer that takes longer is lost. */
const ANSWER_MS = 10_000;

/** What is measured. `reach`: the most that Downhill may take, of a peer's figure or at all. */
const figures = {
  start: { title: "start to kernel_info, ms", reach: "half of ipykernel" },
  firstRun: { title: "first `1 + 1`, ms", reach: "" },
  firstCompletion: { title: "start to first completion, ms", reach: "600" },
  completionOnce: { title: "kernel_info to first completion, ms", reach: "" },
  run: { title: "warm `1 + 1`, ms", reach: "half of each" },
  run95: { title: "the same, 95th percentile, ms", reach: "" },
  completion: { title: "warm completion, ms", reach: "15" },
  typed: { title: "cell with types, ms", reach: "" },
  check: { title: "of it the type check, ms", reach: "10" },
  late: { title: `cell with types after ${CELLS} others, ms`, reach: "" },
  memory: { title: "memory at start, MiB", reach: "120" },
  memoryLater: { title: `memory after ${CELLS} cells with types, MiB`, reach: "" },
  memoryAll: { title: "the same with child processes, MiB", reach: "" },
} as const;

type Figure = keyof typeof figures;

/** What was measured of one kernel; what it has not got stays empty. */
type Samples = Record<Figure, number[]>;

export async function bench(): Promise<Report> {
  const { found, versions } = kernels();
  const samples = new Map(found.map((kernel) => [kernel, emptySamples()]));
  for (let round = 0; round < STARTS; round++) {
    for (const [kernel, of] of samples) await measureStart(kernel, of);
  }
  const sessions = await Promise.all(
    [...samples].map(async ([kernel, of]) => ({ kernel, of, client: await warm(kernel) })),
  );
  try {
    await measureWarm(sessions);
    for (const session of sessions) await measureCells(session);
  } finally {
    await Promise.all(sessions.map(({ client }) => client.stop()));
  }
  const losses = Object.fromEntries(
    [...samples].map(([{ name, version }, of]) => [name, withLosses(version, of)]),
  );
  return {
    about:
      `Medians of ${STARTS} starts and of ${RUNS} requests, the kernels in turn; a ratio is the ` +
      "median of the ratios of each turn. A request lasts until its reply and until idle. One " +
      "client for all: zeromq in Node, over TCP on this machine.",
    peers: { ...versions, ...losses },
    tables: [tableOf(samples)],
  };
}

function emptySamples(): Samples {
  return Object.fromEntries(Object.keys(figures).map((name) => [name, []])) as unknown as Samples;
}

/** Two starts: what is asked first, a cell or a completion, finds the kernel as it is then. */
async function measureStart(kernel: KernelUnderTest, of: Samples): Promise<void> {
  for (const first of ["cell", "completion"]) {
    const begun = performance.now();
    const client = await TestKernel.spawn({ argv: kernel.argv });
    try {
      await client.request("kernel_info_request", {});
      of.start.push(performance.now() - begun);
      if (first === "completion") {
        of.completionOnce.push(await complete(client, kernel));
        of.firstCompletion.push(performance.now() - begun);
      } else {
        // Only the reply: so new a client may not hear yet what a peer publishes.
        of.firstRun.push(await execute(client, "1 + 1", { untilIdle: false }));
        of.memory.push(residentMiB(client.process.pid!));
      }
    } finally {
      await client.stop();
    }
  }
}

interface Session {
  kernel: KernelUnderTest;
  of: Samples;
  client: TestKernel;
}

/** A session that has run and completed. */
async function warm(kernel: KernelUnderTest): Promise<TestKernel> {
  const client = await TestKernel.spawn({ argv: kernel.argv });
  // A peer does not say when its outputs can be heard.
  const heard = () => client.all.some((each) => each.channel === "iopub");
  do await client.request("kernel_info_request", {});
  while (!heard());
  for (let i = 0; i < 5; i++) await execute(client, "1 + 1");
  await complete(client, kernel);
  return client;
}

async function measureWarm(sessions: Session[]): Promise<void> {
  for (let i = 0; i < RUNS; i++) {
    for (const { client, of } of sessions) of.run.push(await execute(client, "1 + 1"));
  }
  for (const { of } of sessions) of.run95.push(quantile(answered(of.run), 0.95));
  for (let i = 0; i < RUNS; i++) {
    for (const { client, kernel, of } of sessions)
      of.completion.push(await complete(client, kernel));
  }
}

/** Cells with types last: from the first on, Downhill checks every cell. */
async function measureCells({ client, kernel, of }: Session): Promise<void> {
  const { declare, unchecked } = kernel;
  await execute(client, declare("again", -1));
  for (let i = 0; i < RUNS / 2; i++) {
    of.typed.push(await execute(client, declare("again", i)));
    if (unchecked) {
      of.check.push(of.typed.at(-1)! - (await execute(client, unchecked("again", i + 0.5))));
    }
  }
  for (let i = 0; i < CELLS; i++) of.late.push(await execute(client, declare(`name${i}`, i)));
  of.late.splice(0, CELLS - LAST_CELLS);
  const pid = client.process.pid!;
  of.memoryLater.push(residentMiB(pid));
  of.memoryAll.push([pid, ...descendants(pid)].reduce((sum, each) => sum + residentMiB(each), 0));
}

/** Runs a cell; the time until its reply and until idle in ms, NaN where the kernel lost one. */
async function execute(
  client: TestKernel,
  code: string,
  { untilIdle = true } = {},
): Promise<number> {
  const begun = performance.now();
  const id = await client.submit(code);
  const idle = (each: Received) => each.content.execution_state === "idle";
  return elapsed(client, begun, [
    (each) => each.parent === id && each.channel === "shell",
    ...(untilIdle ? [(each: Received) => each.parent === id && idle(each)] : []),
  ]);
}

async function complete(client: TestKernel, { member }: KernelUnderTest): Promise<number> {
  const begun = performance.now();
  const content = { code: member, cursor_pos: member.length };
  const id = await client.send("complete_request", content);
  return elapsed(client, begun, [(each) => each.parent === id && each.channel === "shell"]);
}

type Test = (message: Received) => boolean;

async function elapsed(client: TestKernel, begun: number, awaited: Test[]): Promise<number> {
  try {
    for (const each of awaited) await client.wait("answer", each, ANSWER_MS);
    return performance.now() - begun;
  } catch {
    return NaN;
  } finally {
    // The client looks through all it has received; what was answered is of no use to it.
    client.all.length = 0;
  }
}

function answered(times: number[]): number[] {
  return times.filter((each) => !Number.isNaN(each));
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}

/** Its child processes, and theirs: any of its threads may have started one. */
function descendants(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8"));
  const own = children.join(" ").split(" ").filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...descendants(child)]);
}

function tableOf(samples: Map<KernelUnderTest, Samples>): Table {
  const [[, ours], ...peers] = [...samples] as [
    [KernelUnderTest, Samples],
    ...[KernelUnderTest, Samples][],
  ];
  const names = peers.map(([{ name }]) => name);
  const rows = Object.entries(figures).map(([key, { title, reach }]) => {
    const figure = key as Figure;
    const ratios = peers.map(([, of]) => ratio(ours[figure], of[figure]));
    const middles = [ours, ...peers.map(([, of]) => of)].map((of) => middle(of[figure]));
    return [title, ...middles, ...ratios, reach || "-"];
  });
  const head = ["", "Downhill", ...names, ...names.map((name) => `Downhill / ${name}`), "to reach"];
  return { title: "Downhill and its peers", head, rows };
}

function middle(values: number[]): string {
  if (values.length === 0) return "-";
  const value = median(answered(values));
  return value.toFixed(value < 100 ? 1 : 0);
}

function ratio(ours: number[], theirs: number[]): string {
  if (ours.length === 0 || theirs.length === 0) return "-";
  return median(answered(ours.map((value, i) => value / theirs[i]!))).toFixed(2);
}

/** tslab sends on a socket that is still sending; then ZeroMQ refuses, and the message is gone. */
function withLosses(version: string, of: Samples): string {
  const lost = [...of.run, ...of.completion, ...of.typed].filter(Number.isNaN).length;
  return lost === 0 ? version : `${version} (${lost} requests lost their answer)`;
}
