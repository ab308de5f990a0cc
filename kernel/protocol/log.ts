import { writeSync } from "node:fs";

/**
 * A line for the log of whoever started the kernel. Written to the descriptor itself: a worker's
 * `process.stderr` passes through the main thread, which may be busy.
 */
export function log(text: string): void {
  try {
    writeSync(2, `downhill kernel: ${text}\n`);
  } catch {
    // Nobody listens; a log must not stop the kernel.
  }
}
