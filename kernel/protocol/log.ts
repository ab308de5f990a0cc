import { writeSync } from "node:fs";

/** More lines in a second are counted only: whoever floods the kernel shall not flood its log. */
const LINES = 50;

/** As it is now: a cell's own writes to descriptor 2 are shown in the cell (see session/stdio.ts). */
const writeToLog = writeSync;

let second = 0;
let lines = 0;

/**
 * A line for the log of whoever started the kernel. Written to the descriptor itself: a worker's
 * `process.stderr` passes through the main thread, which may be busy.
 */
export function log(text: string): void {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    if (lines > LINES) write(`${lines - LINES} more lines left out`);
    second = now;
    lines = 0;
  }
  lines += 1;
  if (lines <= LINES) write(text);
}

function write(text: string): void {
  try {
    writeToLog(2, `downhill kernel: ${text}\n`);
  } catch {
    // Nobody listens; a log must not stop the kernel.
  }
}
