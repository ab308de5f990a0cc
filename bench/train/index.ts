/**
 * One step of training a network on the digits, forward, backward and Adam, beside PyTorch,
 * TensorFlow.js and jax-js: `npm run bench -- train`. All start from the same weights and see the
 * same batches; who has another loss after 20 steps does not count.
 */
import { median } from "../report.ts";
import type { Report, Table } from "../report.ts";
import { downhill } from "./downhill.ts";
import { jax } from "./jax.ts";
import { pytorch } from "./pytorch.ts";
import { tensorflow } from "./tensorflow.ts";
import { type Contestant, type Network, networks, type Team, type Trainer } from "./trainer.ts";

const ROUNDS = 15;
/** Steps before the first round, after which all must have the same loss. */
const CHECKED = 20;
const TOLERANCE = 1e-3;
/** How long each trains before the first round, in ms: compilers need to see hot loops. */
const WARM_UP = 1000;
/** A round has as many steps as take about so many ms. */
const ROUND = 20;

export async function bench(wanted: string[]): Promise<Report> {
  const known = networks.map(({ name }) => name);
  const odd = wanted.find((each) => !known.includes(each));
  if (odd !== undefined) throw new Error(`train: ${odd}. Known: ${known.join("; ")}`);
  const teams: Record<string, Team> = {
    Downhill: downhill(),
    PyTorch: await pytorch(),
    "TensorFlow.js": await tensorflow(),
    "jax-js": await jax(),
  };
  const contestants = Object.values(teams).flatMap((team) => team.contestants);
  const tables: Table[] = [];
  try {
    for (const network of networks) {
      if (wanted.length > 0 && !wanted.includes(network.name)) continue;
      tables.push(await measure(network, contestants));
    }
  } finally {
    for (const team of Object.values(teams)) team.close?.();
  }
  return {
    about:
      `One training step with Adam in float32, the loss read after each: medians of ${ROUNDS} ` +
      "rounds in which all take turns. The ratio is to Downhill, the median round by round.",
    peers: Object.fromEntries(Object.entries(teams).map(([name, { version }]) => [name, version])),
    tables,
  };
}

interface Entry {
  name: string;
  trainer: Trainer;
  loss: number;
  steps: number;
  ms: number[];
}

async function measure(network: Network, contestants: readonly Contestant[]): Promise<Table> {
  const entries: Entry[] = [];
  for (const { name, make } of contestants) {
    const trainer = await make(network);
    const { loss } = await trainer.run(CHECKED);
    const end = performance.now() + WARM_UP;
    let last = await trainer.run(5);
    while (performance.now() < end) last = await trainer.run(5);
    const steps = Math.max(1, Math.round(ROUND / last.ms));
    entries.push({ name, trainer, loss, steps, ms: [] });
  }
  const [base] = entries as [Entry, ...Entry[]];
  for (const { name, loss } of entries) {
    if (Math.abs(loss - base.loss) <= TOLERANCE * base.loss) continue;
    throw new Error(`${name}: loss ${loss} after ${CHECKED} steps. ${base.name} has ${base.loss}`);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { trainer, steps, ms } of entries) ms.push((await trainer.run(steps)).ms);
  }
  const rows = entries.map(({ name, ms }) => [
    name,
    median(ms).toFixed(3),
    median(ms.map((each, i) => each / base.ms[i]!)).toFixed(2),
  ]);
  return { title: network.name, head: ["", "ms a step", "ratio"], rows };
}
