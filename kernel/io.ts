import { parentPort, workerData } from "node:worker_threads";
import type { SharedState, ToMain } from "./bridge.ts";
import { Language } from "./language.ts";
import { preludes } from "./preludes.ts";
import type { Connection, Sockets } from "./protocol/connection.ts";

/** The worker thread: sockets, signatures, the queue of cells, interrupts. */
const { connectionFile, shared } = workerData as { connectionFile: string; shared: SharedState };
// Its server is another process. It comes first, and loads on another core while the rest of the
// kernel starts on this one.
const language = new Language(process.cwd(), preludes());
const loaded = language.warmUp();
const { bindSockets, ConnectionError, readConnection } = await import("./protocol/connection.ts");
const { Kernel } = await import("./io/kernel.ts");
const served = await connect();
if (served) new Kernel(served.connection, served.sockets, shared, language).start(loaded);

/** Undefined where the connection cannot be had; the main thread then says why, and ends. */
async function connect(): Promise<{ connection: Connection; sockets: Sockets } | undefined> {
  try {
    const connection = readConnection(connectionFile);
    return { connection, sockets: await bindSockets(connection) };
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    parentPort!.postMessage({ type: "refused", reason: error.message } satisfies ToMain);
    return undefined;
  }
}

/** A kernel whose server has died belongs to nobody; a busy main thread must not keep it alive. */
if (process.env.JPY_PARENT_PID) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 1000).unref();
}
