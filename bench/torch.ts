/** PyTorch in a process of its own, for the benches that ask it to make things and to run them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fromRoot } from "../root.ts";

const LIMIT_MS = 120_000;
const REMEDY = "DOWNHILL_PYTHON is the command of a Python that has torch (bench/README.md)";

/** Starts PyTorch with a program of the benches; where there is none, a text that says what to do. */
export async function startTorch(program: string): Promise<Torch | string> {
  const command = process.env.DOWNHILL_PYTHON ?? "python3";
  const torch = new Torch(command, program);
  try {
    await torch.started;
    return torch;
  } catch (error) {
    torch.close();
    return `missing (${command}: ${(error as Error).message}). ${REMEDY}`;
  }
}

/** The process, which answers one request at a time. */
export class Torch {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<never>;
  /** Its version. */
  readonly started: Promise<string>;

  constructor(command: string, path: string) {
    const [file, ...args] = command.split(" ");
    // The program is handed over as text: the Python may see other files than this process does.
    const program = readFileSync(fromRoot("bench", path), "utf8");
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
