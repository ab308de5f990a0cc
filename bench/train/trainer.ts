/** What takes part in the bench of a training step, and what all are given. */
import { load_digits } from "../../lib/nn/index.ts";

export interface Network {
  name: string;
  /** Pixels, hidden layers, digits. */
  sizes: readonly number[];
  batch: number;
}

export const networks: readonly Network[] = [
  { name: "64-32-10, batch 64", sizes: [64, 32, 10], batch: 64 },
  { name: "64-256-128-10, batch 256", sizes: [64, 256, 128, 10], batch: 256 },
];

export const adam = { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/** A network that trains with Adam on the batches, one after the other. */
export interface Trainer {
  /** Does so many steps, and says how many ms one of them took and the last loss. */
  run(steps: number): Result | Promise<Result>;
}
export interface Result {
  ms: number;
  loss: number;
}

export interface Contestant {
  name: string;
  make(network: Network): Promise<Trainer>;
}

/** Contestants of one library, and what it is; or how to get it where it is missing. */
export interface Team {
  version: string;
  contestants: Contestant[];
  close?(): void;
}

/** The weights of a layer [inputs, outputs], by a formula that every language has. */
export const firstWeights = (inputs: number, outputs: number) =>
  Float32Array.from({ length: inputs * outputs }, (_, i) => Math.sin(i) / Math.sqrt(inputs));

export interface Batch {
  /** [batch, 64], from 0 to 1. */
  images: Float32Array;
  labels: number[];
  /** [batch, 10]: 1 at the label. */
  oneHot: Float32Array;
}

/** As many whole batches as there are. */
export function batches({ batch }: Network): Batch[] {
  const { data, target } = load_digits();
  const count = Math.floor(target.size / batch);
  return Array.from({ length: count }, (_, k) => {
    const images = (data.data as Float32Array).slice(k * batch * 64, (k + 1) * batch * 64);
    const labels = Array.from(target.data.subarray(k * batch, (k + 1) * batch));
    const oneHot = new Float32Array(batch * 10);
    labels.forEach((label, i) => (oneHot[i * 10 + label] = 1));
    return { images: images.map((pixel) => pixel / 16), labels, oneHot };
  });
}

/** Steps counted on through the calls, with how long one of them took. */
export function trainer(step: (k: number) => number | Promise<number>): Trainer {
  let k = 0;
  return {
    async run(steps) {
      const start = performance.now();
      let loss = NaN;
      for (let i = 0; i < steps; i++) {
        const result = step(k++);
        loss = typeof result === "number" ? result : await result;
      }
      return { ms: (performance.now() - start) / steps, loss };
    },
  };
}

export const missing: Team = { version: "missing: npm install", contestants: [] };
