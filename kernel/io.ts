import { workerData } from "node:worker_threads";
import type { SharedState } from "./bridge.ts";
import { Kernel } from "./io/kernel.ts";
import { bindSockets, readConnection } from "./protocol/connection.ts";

/** The worker thread: sockets, signatures, the queue of cells, interrupts. */
const { connectionFile, shared } = workerData as { connectionFile: string; shared: SharedState };
const connection = readConnection(connectionFile);
new Kernel(connection, await bindSockets(connection), shared).start();

/** A kernel whose server has died belongs to nobody; a busy main thread must not keep it alive. */
if (process.env.JPY_PARENT_PID) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 1000).unref();
}
