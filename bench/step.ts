/**
 * How long one AdamW step takes: `npm run bench -- step ["10 M" ...]`. Medians of interleaved rounds;
 * beside them the median of the ratios to copying as many bytes, round by round, which the load of
 * the machine disturbs least.
 */
import { no_grad, tensor } from "../lib/autograd/index.ts";
import { type DeviceName, set_default_device, set_num_threads } from "../lib/kernels/index.ts";
import { AdamW } from "../lib/optim/index.ts";
import { median } from "./report.ts";
import type { Report } from "./report.ts";

const ROUNDS = 15;
/** How long everything runs before the first round, in ms: compilers need to see hot loops. */
const WARM_UP = 1500;
/** Bytes that one step moves per parameter: reads theta, g, m, v; writes theta, m, v. */
const BYTES = 28;

const models: Record<string, [tensors: number, elements: number]> = {
  "10 M": [1, 10_000_000],
  "200 x 50 k": [200, 50_000],
  "1 M": [1, 1_000_000],
  "1,000 x 100": [1_000, 100],
};

/** A model and its optimizer, with gradients where backward leaves them. */
function optimizer(device: DeviceName, threads: number, count: number, size: number): () => void {
  set_default_device(device);
  const params = Array.from({ length: count }, () =>
    tensor(new Float32Array(size).fill(1), { requires_grad: true }),
  );
  const adamw = new AdamW(params, { lr: 1e-3 });
  const g = tensor(Float32Array.from({ length: size }, (_, i) => Math.sin(i)));
  no_grad(() => params.forEach((param) => param.accumulateGrad(g)));
  return () => {
    set_num_threads(threads);
    adamw.step();
  };
}

function copy(elements: number): () => void {
  const half = (elements * BYTES) / 2;
  const [from, to] = [new Uint8Array(half).fill(1), new Uint8Array(half)];
  return () => to.set(from);
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

export async function bench(wanted: string[]): Promise<Report> {
  const rows = Object.entries(models)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .flatMap(([name, [count, size]]) => measure(name, count, size));
  return {
    about: `One AdamW step: medians of ${ROUNDS} interleaved rounds.`,
    peers: {},
    tables: [
      { title: "AdamW step", head: ["model", "path", "ms", "least ms", "ratio to a copy"], rows },
    ],
  };
}

function measure(name: string, count: number, size: number): string[][] {
  const work: Record<string, () => void> = {
    copy: copy(count * size),
    "1 thread": optimizer("wasm", 1, count, size),
    "2 threads": optimizer("wasm", 2, count, size),
    "plain js": optimizer("js", 1, count, size),
  };
  const times = Object.fromEntries(Object.keys(work).map((key) => [key, [] as number[]]));
  const warm = performance.now() + WARM_UP;
  while (performance.now() < warm) for (const step of Object.values(work)) step();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [key, step] of Object.entries(work)) times[key]!.push(time(step));
  }
  return Object.entries(times).map(([path, all]) => {
    const ratio = median(all.map((ms, i) => ms / times.copy![i]!));
    return [name, path, median(all).toFixed(2), Math.min(...all).toFixed(2), ratio.toFixed(2)];
  });
}
