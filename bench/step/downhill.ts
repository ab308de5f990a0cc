import { no_grad, tensor } from "../../lib/autograd/index.ts";
import {
  type DeviceName,
  gpu,
  set_default_device,
  set_num_threads,
} from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot } from "../../root.ts";
import { readFileSync } from "node:fs";
import {
  type Contestant,
  gradient,
  type Model,
  type OptimizerName,
  optimizers,
  type Team,
  timed,
} from "./contestant.ts";

export const COPY = "copy of as many bytes";

/** The optimizers of this repository on its CPU devices, and the bound that memory sets. */
export function downhill(): Team {
  const { version } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
    version: string;
  };
  const contestants = [copy, on("wasm", 1), on("wasm", 2), on("js", 1)];
  return { version, contestants };
}

function on(device: DeviceName, threads: number): Contestant {
  return {
    name: `Downhill, ${device}, ${threads} thread${threads === 1 ? "" : "s"}`,
    threads,
    async make(name, model) {
      set_default_device(device);
      const optimizer = build(name, model);
      set_default_device("auto");
      return {
        run(times) {
          set_num_threads(threads);
          return timed(times, () => optimizer.step());
        },
      };
    },
  };
}

/** The same on the GPU there is, with gradients that have to be sent to it at each step. */
export async function downhillOnGpu(): Promise<Team> {
  const info = await gpu.ready.catch((error: Error) => error);
  if (info instanceof Error) return { version: `missing (${info.message})`, contestants: [] };
  const contestant: Contestant = {
    name: `Downhill, gpu${info.software ? " (a program on the CPU)" : ""}`,
    threads: 1,
    async make(name, model) {
      set_default_device("gpu");
      const optimizer = build(name, model);
      set_default_device("auto");
      return {
        async run(times) {
          const start = performance.now();
          for (let i = 0; i < times; i++) optimizer.step();
          await gpu.synchronize();
          return (performance.now() - start) / times;
        },
      };
    },
  };
  return { version: `${info.name}, ${info.backend}, ${info.driver}`, contestants: [contestant] };
}

/** A model and its optimizer, with gradients where backward leaves them. */
function build(name: OptimizerName, { tensors, elements }: Model) {
  const params = Array.from({ length: tensors }, () =>
    tensor(new Float32Array(elements).fill(1), { requires_grad: true }),
  );
  const optimizer = new optim[name](params, optimizers[name].options);
  const g = tensor(gradient(elements));
  no_grad(() => params.forEach((param) => param.accumulateGrad(g)));
  return optimizer;
}

/** Half of the bytes are read, and half are written. */
const copy: Contestant = {
  name: COPY,
  threads: 1,
  async make(optimizer, { tensors, elements }) {
    const half = (tensors * elements * optimizers[optimizer].bytes) / 2;
    const [from, to] = [new Uint8Array(half).fill(1), new Uint8Array(half)];
    return { run: (times) => timed(times, () => to.set(from)) };
  },
};
