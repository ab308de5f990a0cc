import { createHmac, randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dealer, Subscriber } from "zeromq";
import { kernelSpec } from "../../kernel/install.ts";

const KEY = "a-test-key";
const DELIMITER = "<IDS|MSG>";
const LIMIT_MS = 20_000;
/** ZeroMQ's own 100 ms would be most of what a start seems to take. */
const RECONNECT_MS = 5;

export type Content = Record<string, any>;

export interface Received {
  channel: "shell" | "control" | "iopub" | "stdin";
  type: string;
  parent: string | undefined;
  content: Content;
  metadata: Content;
  buffers: Buffer[];
  header: Content;
}

export interface Execution {
  id: string;
  reply: Content;
  /** Everything on IOPub that belongs to the request, from busy to idle. */
  messages: Received[];
  /** All text of a stream. */
  stdout: string;
  stderr: string;
  /** `text/plain` of the result, without colours. */
  result: string | undefined;
}

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
  argv?: string[];
  key?: string;
  /** The digest of the signatures. */
  digest?: string;
  /** The path of Unix sockets, instead of TCP. */
  ipc?: string;
}

/** A small Jupyter client over the real ZeroMQ, for tests: one kernel process, one client. */
export class TestKernel {
  readonly process: ChildProcess;
  readonly all: Received[] = [];
  readonly session = randomUUID();
  stderr = "";
  readonly #shell = new Dealer();
  readonly #control = new Dealer();
  readonly #stdin: Dealer;
  readonly #iopub = new Subscriber();
  readonly #folder: string;
  readonly #key: string;
  readonly #digest: string;
  readonly heartbeat = new Dealer();
  readonly ports: Record<"shell" | "control" | "iopub" | "stdin" | "heartbeat", number>;
  readonly #waiting = new Set<() => void>();

  static async start(options: StartOptions = {}): Promise<TestKernel> {
    const kernel = await TestKernel.spawn(options);
    await kernel.ready();
    return kernel;
  }

  static async spawn(options: StartOptions = {}): Promise<TestKernel> {
    return new TestKernel(options, await freePorts(5));
  }

  private constructor(options: StartOptions, ports: number[]) {
    this.#key = options.key ?? KEY;
    this.#digest = options.digest ?? "sha256";
    this.#folder = mkdtempSync(join(tmpdir(), "downhill-kernel-"));
    const file = join(this.#folder, "connection.json");
    const [shell_port, control_port, iopub_port, stdin_port, hb_port] = ports;
    this.ports = {
      shell: shell_port!,
      control: control_port!,
      iopub: iopub_port!,
      stdin: stdin_port!,
      heartbeat: hb_port!,
    };
    writeFileSync(
      file,
      JSON.stringify({
        transport: options.ipc === undefined ? "tcp" : "ipc",
        ip: options.ipc ?? "127.0.0.1",
        shell_port,
        control_port,
        iopub_port,
        stdin_port,
        hb_port,
        key: this.#key,
        signature_scheme: `hmac-${this.#digest}`,
        kernel_name: "downhill",
      }),
    );
    const argv = (options.argv ?? kernelSpec().argv).map((arg) =>
      arg === "{connection_file}" ? file : arg,
    );
    this.process = spawn(argv[0]!, argv.slice(1), {
      cwd: options.cwd ?? this.#folder,
      env: { ...process.env, DOWNHILL_HISTORY: join(this.#folder, "history"), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stderr!, this.process.stdout!]) {
      stream.on("data", (text) => {
        this.stderr += String(text);
        this.#wake();
      });
    }
    // The kernel asks for input where the request came from: same identity on shell and stdin.
    const routingId = randomUUID();
    this.#stdin = new Dealer({ routingId });
    this.#shell.routingId = routingId;
    const sockets = [this.#shell, this.#control, this.#stdin, this.#iopub, this.heartbeat];
    for (const socket of sockets) socket.reconnectInterval = RECONNECT_MS;
    const { ipc } = options;
    const at = (port: number): string =>
      ipc === undefined ? `tcp://127.0.0.1:${port}` : `ipc://${ipc}-${port}`;
    this.#shell.connect(at(shell_port!));
    this.#control.connect(at(control_port!));
    this.#stdin.connect(at(stdin_port!));
    this.#iopub.connect(at(iopub_port!));
    this.#iopub.subscribe();
    // A kernel that has died answers no ping.
    this.heartbeat.receiveTimeout = LIMIT_MS;
    this.heartbeat.connect(at(hb_port!));
    void this.#listen("shell", this.#shell);
    void this.#listen("control", this.#control);
    void this.#listen("stdin", this.#stdin);
    void this.#listen("iopub", this.#iopub);
  }

  get #alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  get folder(): string {
    return this.#folder;
  }

  /** Waits until the kernel answers and its IOPub is heard. */
  async ready(): Promise<Content> {
    const { content } = await this.request("kernel_info_request", {});
    await this.wait("iopub_welcome", (each) => each.type === "iopub_welcome");
    return content;
  }

  /** Sends a request and waits for its reply. */
  async request(type: string, content: Content, channel: Channel = "shell"): Promise<Received> {
    const id = await this.send(type, content, channel);
    return this.wait(`reply to ${type}`, (each) => each.parent === id && each.channel === channel);
  }

  async send(
    msg_type: string,
    content: Content,
    channel: Channel = "shell",
    buffers: Uint8Array[] = [],
    parent: Content = {},
    metadata: Content = {},
  ): Promise<string> {
    const header = {
      msg_id: randomUUID(),
      msg_type,
      username: "test",
      session: this.session,
      date: new Date().toISOString(),
      version: "5.3",
    };
    const parts = [header, parent, metadata, content].map((part) => JSON.stringify(part));
    await this.sendRaw([DELIMITER, this.sign(parts), ...parts, ...buffers], channel);
    return header.msg_id;
  }

  sign(parts: string[]): string {
    const hmac = createHmac(this.#digest, this.#key);
    for (const part of parts) hmac.update(part);
    return this.#key === "" ? "" : hmac.digest("hex");
  }

  async sendRaw(frames: (string | Uint8Array)[], channel: Channel = "shell"): Promise<void> {
    const sockets = { shell: this.#shell, control: this.#control, stdin: this.#stdin };
    await sockets[channel].send(frames);
  }

  /** Runs a cell to its end: reply and idle. */
  async execute(code: string, options: Content = {}): Promise<Execution> {
    return this.finished(await this.submit(code, options));
  }

  submit(code: string, options: Content = {}): Promise<string> {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
      ...options,
    };
    return this.send("execute_request", content);
  }

  async finished(id: string): Promise<Execution> {
    const reply = await this.wait(
      "execute_reply",
      (each) => each.channel === "shell" && each.parent === id,
    );
    await this.wait(
      "idle",
      (each) => each.parent === id && each.content.execution_state === "idle",
    );
    const messages = this.all.filter((each) => each.channel === "iopub" && each.parent === id);
    const text = (name: string): string =>
      messages
        .filter((each) => each.type === "stream" && each.content.name === name)
        .map((each) => each.content.text as string)
        .join("");
    const result = messages.find((each) => each.type === "execute_result");
    const plain = result?.content.data["text/plain"] as string | undefined;
    return {
      id,
      reply: reply.content,
      messages,
      stdout: text("stdout"),
      stderr: text("stderr"),
      result: plain === undefined ? undefined : withoutColours(plain),
    };
  }

  /** Waits for a message, among those already received or still to come. */
  wait(what: string, test: (message: Received) => boolean, ms = LIMIT_MS): Promise<Received> {
    return this.#until(what, () => this.all.find(test), ms);
  }

  /** Waits for a line in the kernel's own log. */
  async waitForLog(line: RegExp): Promise<void> {
    await this.#until(`log ${line}`, () => line.test(this.stderr) || undefined, LIMIT_MS);
  }

  async #until<T>(what: string, find: () => T | undefined, ms: number): Promise<T> {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0 || !this.#alive) throw new Error(this.#missing(what));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 500));
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Waits for text that a cell has printed so far. */
  waitForText(id: string, text: string): Promise<Received> {
    return this.wait(
      `text "${text}"`,
      (each) =>
        each.parent === id && each.type === "stream" && String(each.content.text).includes(text),
    );
  }

  async stop(): Promise<void> {
    if (this.#alive) {
      const exit = once(this.process, "exit");
      this.process.kill("SIGKILL");
      await exit;
    }
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.heartbeat]) {
      socket.linger = 0;
      socket.close();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #missing(what: string): string {
    const recent = this.all
      .slice(-8)
      .map(
        (each) => `  ${each.channel} ${each.type} ${JSON.stringify(each.content).slice(0, 200)}`,
      );
    return `no ${what}. Last messages:\n${recent.join("\n")}\nstderr:\n${this.stderr}`;
  }

  async #listen(channel: Received["channel"], socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) {
      const at = frames.findIndex((frame) => String(frame) === DELIMITER);
      const parts = frames.slice(at + 2, at + 6).map(String);
      if (String(frames[at + 1]) !== this.sign(parts))
        throw new Error("kernel sent a bad signature");
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part) as Content);
      this.all.push({
        channel,
        type: header!.msg_type as string,
        parent: parent!.msg_id as string | undefined,
        content: content!,
        metadata: metadata!,
        buffers: frames.slice(at + 6),
        header: header!,
      });
      this.#wake();
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

type Channel = "shell" | "control" | "stdin";

export function withoutColours(text: string): string {
  return text.replace(/\u001b\[\d+m/g, "");
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
