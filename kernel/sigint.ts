import vm from "node:vm";
import { workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";

/**
 * A thread that does nothing but wait for SIGINT. A signal listener of Node runs on the main
 * thread, which may be busy; `vm` catches the signal wherever a script runs with `breakOnSigint`.
 * Of two such scripts, one in the other, the inner is ended by the signal and the outer keeps the
 * handler in place meanwhile: without it, a second signal at that moment would kill the process.
 */
const { port } = workerData as { port: MessagePort };
const never = new Int32Array(new SharedArrayBuffer(4));
const sleep = new vm.Script("sleep()");

function listen(): void {
  for (;;) {
    try {
      sleep.runInThisContext({ breakOnSigint: true });
    } catch {
      port.postMessage("SIGINT");
    }
  }
}

Object.assign(globalThis, { listen, sleep: () => Atomics.wait(never, 0, 0) });
new vm.Script("listen()").runInThisContext({ breakOnSigint: true });
