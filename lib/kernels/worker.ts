/** A thread of the pool: waits until a step begins, then takes its share. */
import { receiveMessageOnPort, parentPort, workerData } from "node:worker_threads";
import { control, runUnits, waitWhile, type WorkerData } from "./units.ts";

interface Message {
  id: number;
  /** Absent: the kernel is to be forgotten. */
  module?: WebAssembly.Module;
  memory?: WebAssembly.Memory;
}

type Step = (...call: number[]) => void;

const { shared, thread } = workerData as WorkerData;
const kernels = new Map<number, Step>();

function readMessages(): void {
  for (;;) {
    const received = receiveMessageOnPort(parentPort!);
    if (received === undefined) return;
    const { id, module, memory } = received.message as Message;
    if (module === undefined || memory === undefined) kernels.delete(id);
    else {
      const { exports } = new WebAssembly.Instance(module, { arena: { memory } });
      kernels.set(id, exports.step as Step);
    }
  }
}

/** A step that began a moment ago may use a kernel whose message is still unread. */
function find(id: number): Step {
  if (!kernels.has(id)) readMessages();
  return kernels.get(id)!;
}

for (;;) {
  const seen = Atomics.load(shared.control, control.signal);
  runUnits(shared, thread, find);
  readMessages();
  waitWhile(shared.control, control.signal, seen);
}
