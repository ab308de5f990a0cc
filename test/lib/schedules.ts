/** PyTorch's recorded schedules, and the schedulers that should follow them. */
import { tensor } from "../../lib/autograd/index.ts";
import { pow } from "../../lib/kernels/index.ts";
import { Adam, SGD } from "../../lib/optim/index.ts";
import * as lr_scheduler from "../../lib/optim/lr_scheduler.ts";
import { SWALR } from "../../lib/optim/swa_utils.ts";
import { golden } from "./golden.ts";

interface Part {
  class: string;
  kwargs: Record<string, unknown>;
  schedulers?: Part[];
}

export interface Schedule extends Part {
  name: string;
  optimizer?: "Adam";
  /** By step (0 after construction), by group. */
  lr: number[][];
  momentum?: number[][];
  beta1?: number[][];
  /** What `step` is given. */
  epochs?: number[];
  metrics?: unknown[];
  error?: { afterSteps: number; type: string; message: string };
  roundTrip: { afterSteps: number; getLastLrAfterLoad: number[]; stateDict: object };
  finalStateDict: object;
  closedFormFinal?: number[];
}

export const schedules = golden<{ cases: Schedule[] }>("schedulers").cases;

/** Two groups, with learning rates 0.1 and 0.02. */
export function makeOptimizer(kind?: "Adam"): SGD | Adam {
  const groups = [0.1, 0.02].map((lr) => ({ params: [tensor([1], { requires_grad: true })], lr }));
  return kind === "Adam" ? new Adam(groups) : new SGD(groups, { momentum: 0.9 });
}

export function make(schedule: Schedule) {
  const optimizer = makeOptimizer(schedule.optimizer);
  return { optimizer, scheduler: makeScheduler(optimizer, schedule) };
}

type Scheduler = lr_scheduler.LRScheduler;
type Class = new (optimizer: SGD | Adam, options: object) => Scheduler;
const classes = { ...lr_scheduler, SWALR } as unknown as Record<string, Class>;

function makeScheduler(optimizer: SGD | Adam, part: Part): Scheduler {
  const schedulers = part.schedulers?.map((each) => makeScheduler(optimizer, each));
  if (part.class === "ChainedScheduler") return new lr_scheduler.ChainedScheduler(schedulers!);
  const options = Object.entries(part.kwargs).map(([key, value]) => [key, callable(key, value)]);
  return new classes[part.class]!(optimizer, { ...Object.fromEntries(options), schedulers });
}

const functions: Record<string, (x: number) => number> = {
  pow95: (epoch) => pow(0.95, epoch),
  inv: (epoch) => 1 / (1 + 0.1 * epoch),
  third: (epoch) => 1 / pow(3, Math.floor(epoch / 10)),
  const97: () => 0.97,
  alt: (epoch) => (epoch % 7 === 0 ? 0.5 : 1.01),
  inv_sqrt_cycle: (x) => 1 / Math.sqrt(x),
  gamma_iter: (x) => pow(0.99, x),
};

/** Functions are recorded by name. */
function callable(key: string, value: unknown): unknown {
  if (key !== "lr_lambda" && key !== "scale_fn") return value;
  return Array.isArray(value) ? value.map((each) => callable(key, each)) : functions[String(value)];
}

/** What `step` is given at step k. */
export function argument({ epochs, metrics }: Schedule, k: number): number | undefined {
  return untag((epochs ?? metrics)?.[k - 1]) as number | undefined;
}

/** Infinity and NaN as they are recorded. */
export function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== "object" || value === null) return value;
  if ("t" in value) return Number((value as unknown as { v: string }).v);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, untag(entry)]));
}
