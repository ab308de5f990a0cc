import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fromRoot } from "../../root.ts";
import { type Contestant, optimizers, type Team } from "./contestant.ts";

const LIMIT_MS = 120_000;
const REMEDY = "DOWNHILL_PYTHON is the command of a Python that has torch (bench/README.md)";

/** PyTorch in a process of its own: its default path, foreach and fused, on 1 and 2 threads. */
export async function pytorch(): Promise<Team> {
  const command = process.env.DOWNHILL_PYTHON ?? "python3";
  const torch = new Torch(command);
  const version = await torch.started.catch((error: Error) => error);
  if (version instanceof Error) {
    torch.close();
    return { version: `missing (${command}: ${version.message}). ${REMEDY}`, contestants: [] };
  }
  const contestants = ["for-loop", "foreach", "fused"].flatMap((path) =>
    [1, 2].map((threads) => contestant(torch, path, threads)),
  );
  return { version, contestants, close: () => torch.close() };
}

function contestant(torch: Torch, path: string, threads: number): Contestant {
  return {
    name: `PyTorch, ${path}, ${threads} thread${threads === 1 ? "" : "s"}`,
    threads,
    async make(optimizer, { tensors, elements, name }) {
      const id = `${optimizer} ${name} ${path} ${threads}`;
      const { options } = optimizers[optimizer];
      try {
        await torch.ask({ call: "make", id, optimizer, path, options, tensors, elements });
      } catch (error) {
        console.error(`PyTorch ${path}: ${(error as Error).message}`);
        return undefined;
      }
      return {
        run: async (times) => Number(await torch.ask({ call: "run", id, threads, times })),
        free: async () => void (await torch.ask({ call: "free", id })),
      };
    },
  };
}

/** The process, which answers one request at a time. */
class Torch {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<never>;
  readonly started: Promise<string>;

  constructor(command: string) {
    const [file, ...args] = command.split(" ");
    // The program is handed over as text: the Python may see other files than this process does.
    const program = readFileSync(fromRoot("bench", "step", "pytorch.py"), "utf8");
    this.#process = spawn(file!, [...args, "-c", program], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, ATEN_CPU_CAPABILITY: "avx2" },
    });
    this.#ended = Promise.race([
      once(this.#process, "exit").then(([code]) => {
        throw new Error(`it ended with code ${code}`);
      }),
      once(this.#process, "error").then(([error]) => {
        throw error as Error;
      }),
    ]);
    this.#ended.catch(() => {});
    this.#process.stdin!.on("error", () => {});
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
    this.started = this.#next().then(String);
  }

  ask(request: object): Promise<unknown> {
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  async #next(): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${LIMIT_MS} ms`)), LIMIT_MS);
    });
    try {
      const line = await Promise.race([this.#answers.next(), this.#ended, late]);
      if (line.done) return await this.#ended;
      const { value, error } = JSON.parse(line.value) as { value?: unknown; error?: string };
      if (error !== undefined) throw new Error(error);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#process.kill();
  }
}
