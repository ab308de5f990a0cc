/** What takes part in the bench of a step. */

export interface Model {
  name: string;
  tensors: number;
  /** Elements of each tensor. */
  elements: number;
}

export const models: readonly Model[] = [
  { name: "10 M", tensors: 1, elements: 10_000_000 },
  { name: "200 x 50 k", tensors: 200, elements: 50_000 },
  { name: "1 M", tensors: 1, elements: 1_000_000 },
  { name: "1,000 x 100", tensors: 1_000, elements: 100 },
];

/** The optimizers, with what a step moves per parameter: it reads theta, g, state; writes all but g. */
export const optimizers = {
  AdamW: { bytes: 28, options: { lr: 1e-3 } },
  Adam: { bytes: 28, options: { lr: 1e-3 } },
  SGD: { bytes: 20, options: { lr: 1e-3, momentum: 0.9 } },
} as const;

export type OptimizerName = keyof typeof optimizers;

export interface Contestant {
  name: string;
  threads: number;
  /** A model with its optimizer and gradients; undefined where there is no such optimizer. */
  make(optimizer: OptimizerName, model: Model): Promise<Steps | undefined>;
}

export interface Steps {
  /** Does so many steps, and says how many ms one of them took. */
  run(times: number): number | Promise<number>;
  /** Lets go of the memory. */
  free?(): void | Promise<void>;
}

/** Contestants of one library, and what it is; or how to get it where it is missing. */
export interface Team {
  version: string;
  contestants: Contestant[];
  close?(): void;
}

/** The gradient of every parameter. */
export const gradient = (elements: number) =>
  Float32Array.from({ length: elements }, (_, i) => Math.sin(i));

/** Milliseconds of one of so many calls. */
export function timed(times: number, work: () => void): number {
  const start = performance.now();
  for (let i = 0; i < times; i++) work();
  return (performance.now() - start) / times;
}
