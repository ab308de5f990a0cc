/**
 * One optimizer step beside PyTorch, jax-js, TensorFlow.js and a copy of as many bytes:
 * `npm run bench -- step [AdamW] [10 M] ...`, where names of optimizers and models narrow it down.
 * bench/README.md says where PyTorch comes from, and what was tried to be faster.
 */
import { median } from "../report.ts";
import type { Report, Table } from "../report.ts";
import { chart } from "./chart.ts";
import {
  type Contestant,
  type Model,
  models,
  type OptimizerName,
  optimizers,
  type Steps,
} from "./contestant.ts";
import { downhill, downhillOnGpu } from "./downhill.ts";
import { jax } from "./jax.ts";
import { pytorch } from "./pytorch.ts";
import { tensorflow } from "./tensorflow.ts";

const ROUNDS = 9;
/** A step that takes longer, in ms, takes part in the first rounds only. */
const SLOW = { ms: 60, rounds: 3 };
/** How long a contestant runs before the first round: compilers need to see loops that are hot. */
const WARM_UP = { ms: 200, steps: 400, mostMs: 1000 };
/** Steps of a round are repeated until they take about so many ms together. */
const ROUND = 12;

/** Milliseconds of a step, round by round. */
export interface Timing {
  name: string;
  threads: number;
  ms: number[];
}

export interface Measured {
  optimizer: OptimizerName;
  model: Model;
  timings: Timing[];
}

export async function bench(wanted: string[]): Promise<Report> {
  const names = Object.keys(optimizers) as OptimizerName[];
  const known = [...names, ...models.map(({ name }) => name)];
  const odd = wanted.find((each) => !known.includes(each));
  if (odd !== undefined) throw new Error(`step: ${odd}. Known: ${known.join(", ")}`);
  const picked = <T>(all: readonly T[], nameOf: (each: T) => string) => {
    const some = all.filter((each) => wanted.includes(nameOf(each)));
    return some.length > 0 ? some : all;
  };
  const teams = {
    Downhill: downhill(),
    "Downhill's GPU": await downhillOnGpu(),
    PyTorch: await pytorch(),
    "jax-js": await jax(),
    "TensorFlow.js": await tensorflow(),
  };
  const contestants = Object.values(teams).flatMap((team) => team.contestants);
  const measured: Measured[] = [];
  for (const optimizer of picked(names, (name) => name)) {
    for (const model of picked(models, ({ name }) => name)) {
      measured.push({ optimizer, model, timings: await measure(optimizer, model, contestants) });
    }
  }
  for (const team of Object.values<{ close?(): void }>(teams)) team.close?.();
  return {
    about:
      `One step in float32: medians of ${ROUNDS} rounds in which all take turns (of ${SLOW.rounds} ` +
      `for steps beyond ${SLOW.ms} ms), in ms. In brackets: ` +
      "how many times as long as Downhill on WebAssembly with as many threads, the median of the " +
      "ratios round by round. PyTorch computes with AVX2 (`ATEN_CPU_CAPABILITY=avx2`); its default " +
      "path is the for-loop.",
    peers: Object.fromEntries(Object.entries(teams).map(([name, { version }]) => [name, version])),
    tables: [...names.flatMap((name) => tableOf(name, measured)), goals(measured)],
    pictures: { "step.svg": await chart(measured) },
  };
}

async function measure(
  optimizer: OptimizerName,
  model: Model,
  contestants: readonly Contestant[],
): Promise<Timing[]> {
  const ready: { timing: Timing; steps: Steps; times: number; rounds: number }[] = [];
  for (const { name, threads, make } of contestants) {
    const steps = await make(optimizer, model);
    if (steps === undefined) continue;
    const least = await warmUp(steps);
    const times = Math.max(1, Math.min(50, Math.round(ROUND / least)));
    const rounds = least > SLOW.ms ? SLOW.rounds : ROUNDS;
    ready.push({ timing: { name, threads, ms: [] }, steps, times, rounds });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { timing, steps, times, rounds } of ready) {
      if (round < rounds) timing.ms.push(await steps.run(times));
    }
  }
  for (const { steps } of ready) await steps.free?.();
  return ready.map(({ timing }) => timing);
}

/** Says how long a step takes at best, in ms. */
async function warmUp(steps: Steps): Promise<number> {
  const start = performance.now();
  let least = Infinity;
  for (let count = 1; ; count++) {
    least = Math.min(least, await steps.run(1));
    const elapsed = performance.now() - start;
    const isHot = count >= WARM_UP.steps || (count > 1 && least > ROUND / 2);
    if ((isHot && elapsed > WARM_UP.ms) || elapsed > WARM_UP.mostMs) return least;
  }
}

/** How many times as long as another it took, round by round. */
function ratio(timing: Timing, other: Timing): number {
  const rounds = Math.min(timing.ms.length, other.ms.length);
  return median(timing.ms.slice(0, rounds).map((ms, i) => ms / other.ms[i]!));
}

const ours = (threads: number) => `Downhill, wasm, ${threads} thread${threads === 1 ? "" : "s"}`;

function find(timings: readonly Timing[], name: string): Timing | undefined {
  return timings.find((timing) => timing.name === name);
}

function tableOf(optimizer: OptimizerName, measured: readonly Measured[]): Table[] {
  const own = measured.filter((each) => each.optimizer === optimizer);
  if (own.length === 0) return [];
  const names = [...new Set(own.flatMap(({ timings }) => timings.map(({ name }) => name)))];
  const rows = names.map((name) => [
    name,
    ...own.map(({ timings }) => {
      const timing = find(timings, name);
      if (timing === undefined) return "";
      const base = find(timings, ours(timing.threads))!;
      return `${digits(median(timing.ms))} (${ratio(timing, base).toFixed(2)})`;
    }),
  ]);
  return [{ title: optimizer, head: ["", ...own.map(({ model }) => model.name)], rows }];
}

const digits = (ms: number) => ms.toFixed(ms < 10 ? 2 : 1);

/** What the project wants to reach, and whether it does. */
function goals(measured: readonly Measured[]): Table {
  const rows = measured.flatMap(({ optimizer, model, timings }) => {
    const against = (path: string, threads: number, least: number) => {
      const name = `PyTorch, ${path}, ${threads} thread${threads === 1 ? "" : "s"}`;
      const peer = find(timings, name);
      if (peer === undefined) return [];
      const times = ratio(peer, find(timings, ours(threads))!);
      const cells = [`${times.toFixed(2)}`, `${least}`, times >= least ? "yes" : "no"];
      return [[`${optimizer}, ${model.name}`, `${path}, threads: ${threads}`, ...cells]];
    };
    const tiny = model.elements < 1000;
    return [
      ...against("for-loop", 1, tiny ? 5 : 4),
      ...against("fused", 1, 0.75),
      ...against("fused", 2, 0.95),
    ];
  });
  const head = ["step", "PyTorch's path", "its time / Downhill's", "goal", "reached"];
  return { title: "Goals", head, rows };
}
