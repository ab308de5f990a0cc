import { once } from "node:events";
import process from "node:process";
import { MessageChannel, Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { log } from "./protocol/log.ts";
import type { SharedState, ToMain, ToWorker } from "./bridge.ts";

/**
 * The kernel's entry: `node main.js <connection file>`. The user's code runs on this thread;
 * everything that must go on while it is busy runs in the worker (io.ts).
 */
const exit = process.exit.bind(process);
const [connectionFile] = process.argv.slice(2);
if (connectionFile === undefined) {
  process.stderr.write(
    "connection file: missing. A Jupyter client passes it; see `downhill install`.\n",
  );
  exit(2);
}

const shared: SharedState = {
  flow: new Int32Array(new SharedArrayBuffer(8)),
  answered: new Int32Array(new SharedArrayBuffer(4)),
};
const worker = new Worker(new URL("io.js", import.meta.url), {
  workerData: { connectionFile, shared },
  stdout: false,
  stderr: false,
});
const signals = new MessageChannel();
const answers = new MessageChannel();
const ports = { signals: signals.port1, answers: answers.port1 };
worker.postMessage({ type: "ports", ...ports } satisfies ToWorker, Object.values(ports));
// Until the thread that waits for SIGINT is there (below), the signal must not kill the kernel.
process.on("SIGINT", () => {});
const post = (message: ToWorker, transfer: MessagePort[] = []): void =>
  worker.postMessage(message, transfer);
worker.on("error", fatal);

// The worker starts first and answers kernel_info. What arrives meanwhile is kept.
const early: ToMain[] = [];
let receive = (message: ToMain): void => void early.push(message);
worker.on("message", (message: ToMain) => receive(message));
const [first] = (await once(worker, "message")) as [ToMain];
if (first.type === "refused") {
  log(first.reason);
  exit(1);
}

// The language server loads on the other core, and somebody may wait for a completion: this thread
// takes up the processor with loading when the server has done, or when there is something to do.
if (early.length < 2) await once(worker, "message");
const kernelFolder = new URL(".", import.meta.url);
const { defineGlobals } = await import("./session/globals.ts");
const { Session } = await import("./session/session.ts");
const session = new Session(
  {
    publish: (run, publication) =>
      post({ type: "publish", parent: run.request.parent, publication }),
    fatal: (error) => fatal(error),
    done: (run, reply) => post({ type: "done", parent: run.request.parent, reply }),
    ask: (run, question) => post({ type: "ask", parent: run.request.parent, question }),
    spawn: (run, request) => {
      // What a silent cell prints is nobody's.
      const parent = run?.request.silent ? undefined : run?.request.parent;
      post({ type: "spawn", parent, request }, [request.answer]);
    },
    comms: (comms) => post({ type: "comms", comms }),
  },
  { shared, answers: answers.port2 },
  [kernelFolder.href, fileURLToPath(kernelFolder)],
  process.cwd(),
);
const { fragileFolders, preloaded, preloadedLazily } = await import("./preload.ts");
session.fragileFolders = fragileFolders;
defineGlobals(await preloaded(), preloadedLazily);
Object.defineProperty(globalThis, Symbol.for("downhill.kernel"), {
  value: { interruptBusy: () => session.interruptBusy(), flush: () => session.flush() },
});

new Worker(new URL("sigint.js", import.meta.url), {
  workerData: { port: signals.port2 },
  transferList: [signals.port2],
  resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
}).unref();
receive = (message) => {
  switch (message.type) {
    case "listening":
    case "load":
    case "refused":
      return;
    case "execute":
      return session.execute(message);
    case "interrupt":
      post({ type: "interrupted" });
      return session.interrupt();
    case "shutdown":
      session.close();
      return exit(0);
    case "answer":
      return session.answer(message.id, message.text);
    case "comm":
      return void session
        .comm(message)
        .finally(() => post({ type: "comm_done", parent: message.parent }));
  }
};
early.forEach(receive);

function fatal(error: unknown): void {
  log(error instanceof Error ? String(error.stack) : String(error));
  process.kill(process.pid, "SIGKILL");
}
