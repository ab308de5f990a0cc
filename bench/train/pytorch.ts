import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fromRoot } from "../../root.ts";
import { adam, type Result, type Team } from "./trainer.ts";

const LIMIT_MS = 120_000;

/** PyTorch in a process of its own, on 1 and 2 threads. */
export async function pytorch(): Promise<Team> {
  const python = [process.env.DOWNHILL_PYTHON, "python3", "/usr/bin/python3"].find(
    (each) => each !== undefined && spawnSync(each, ["-c", "import torch"]).status === 0,
  );
  if (python === undefined) {
    return {
      version: "missing: apt-get install python3-torch, or set DOWNHILL_PYTHON",
      contestants: [],
    };
  }
  const torch = new Torch(python);
  const { lr, beta1, beta2, eps } = adam;
  const contestants = [1, 2].map((threads) => ({
    name: `PyTorch, ${threads} thread${threads === 1 ? "" : "s"}`,
    async make({ name, sizes, batch }: { name: string; sizes: readonly number[]; batch: number }) {
      const id = `${name} ${threads}`;
      await torch.ask({ call: "make", id, sizes, batch, lr, betas: [beta1, beta2], eps });
      return {
        run: async (steps: number) =>
          (await torch.ask({ call: "run", id, threads, steps })) as Result,
      };
    },
  }));
  return { version: String(await torch.started), contestants, close: () => torch.close() };
}

/** The process, which answers one request at a time. */
class Torch {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly started: Promise<unknown>;

  constructor(python: string) {
    const program = fromRoot("bench", "train", "pytorch.py");
    const digits = fromRoot("lib", "nn", "data", "digits.bin.gz");
    this.#process = spawn(python, [program, digits], { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
    this.started = this.#next();
  }

  ask(request: object): Promise<unknown> {
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  async #next(): Promise<unknown> {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const late = once(signal, "abort").then(() => {
      throw new Error(`PyTorch: no answer in ${LIMIT_MS} ms`);
    });
    const line = await Promise.race([this.#answers.next(), late]);
    if (line.done) throw new Error("PyTorch: its process has ended");
    const { value, error } = JSON.parse(line.value) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(`PyTorch: ${error}`);
    return value;
  }

  close(): void {
    this.#process.kill();
  }
}
