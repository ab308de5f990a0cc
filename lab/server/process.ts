import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { within } from "./time.ts";

/** What a kernelspec says (kernel.json). */
export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode?: "signal" | "message";
  env?: Record<string, string>;
  metadata?: Record<string, unknown>;
}

export interface LaunchOptions {
  spec: KernelSpec;
  resourceDir: string | undefined;
  connectionFile: string;
  cwd: string;
  /** The notebook it runs for, which the kernel may show. */
  sessionName: string | undefined;
  log(line: string): void;
}

const KEPT_LINES = 20;

/** The operating system's side of a kernel: a process in a group of its own. */
export class KernelProcess {
  /** Resolves when the process runs; rejects when it cannot be started. */
  readonly spawned: Promise<void>;
  /** Resolves when the process has ended, with a sentence that says how. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private alive = true;

  constructor(options: LaunchOptions) {
    const [command = "", ...args] = commandLine(options);
    this.child = spawn(command, args, {
      cwd: options.cwd,
      env: environment(options),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: Ctrl-C in the terminal stops the server, which ends its kernels in
      // order; and what a cell started ends with the kernel.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        if (this.lines.length > KEPT_LINES) this.lines.shift();
        options.log(line);
      });
    }
    this.spawned = new Promise((resolve, reject) => {
      this.child.once("spawn", resolve);
      this.child.once("error", (error) => reject(new Error(`kernel: ${error.message}`)));
    });
    this.ended = new Promise((resolve) => {
      this.child.once("exit", (code, signal) => {
        this.alive = false;
        this.signalGroup("SIGKILL");
        resolve(signal === null ? `ended with code ${code}` : `ended by ${signal}`);
      });
    });
  }

  /** The last lines the process printed, for an error message. */
  get lastWords(): string {
    return this.lines.join("\n");
  }

  interrupt(): void {
    if (this.alive) this.signalGroup("SIGINT");
  }

  /** Waits until the process has ended by itself; after the limit it is killed. */
  async endWithin(limitMs: number): Promise<void> {
    if ((await within(this.ended, limitMs)) !== undefined) return;
    this.signalGroup("SIGKILL");
    await this.ended;
  }

  private signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    if (process.platform === "win32") return void this.child.kill(signal);
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function commandLine({ spec, connectionFile, resourceDir }: LaunchOptions): string[] {
  const values: Record<string, string> = {
    connection_file: connectionFile,
    resource_dir: resourceDir ?? "",
  };
  return spec.argv.map((word) =>
    word.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
  );
}

function environment({ spec, sessionName }: LaunchOptions): NodeJS.ProcessEnv {
  const filled = Object.entries(spec.env ?? {}).map(([name, value]) => [
    name,
    value.replace(/\$\{(\w+)\}/g, (whole, key: string) => process.env[key] ?? whole),
  ]);
  return {
    ...process.env,
    ...(Object.fromEntries(filled) as Record<string, string>),
    // The kernel watches this process and ends when it is gone.
    JPY_PARENT_PID: String(process.pid),
    ...(sessionName === undefined ? {} : { JPY_SESSION_NAME: sessionName }),
  };
}
