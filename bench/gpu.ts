/** The machine's GPU for a bench, named. */
import { gpu } from "../lib/kernels/index.ts";

export interface BenchGpu {
  /** As a table names it: the adapter, and whether it is a program on the CPU. */
  name: string;
  /** Waits until everything that was asked for is computed; a time without it is that of asking. */
  finish: () => Promise<void>;
}

/** Opens the GPU; null and the reason where there is none. */
export async function openGpu(): Promise<BenchGpu | { name: null; reason: string }> {
  try {
    const { name, driver, software } = await gpu.ready;
    const kind = software ? "software, on the CPU" : "hardware";
    return { name: `${name} (${kind}; ${driver})`, finish: () => gpu.synchronize() };
  } catch (error) {
    return { name: null, reason: (error as Error).message };
  }
}
