import { inspect } from "node:util";
import type { ErrorContent } from "../bridge.ts";
import type { Positions } from "./positions.ts";
import { codeFrame, red } from "./code-frame.ts";

const MAX_FRAMES = 30;

/** An error as Jupyter shows it: name, message, and lines with the cell's own TypeScript. */
export function errorContent(thrown: unknown, positions: Positions): ErrorContent {
  const { name, message } = nameAndMessage(thrown);
  return { ename: name, evalue: message, traceback: tracebackLines(thrown, positions) };
}

function nameAndMessage(thrown: unknown): { name: string; message: string } {
  if (!(thrown instanceof Error)) return { name: "Uncaught", message: safeInspect(thrown) };
  return { name: String(thrown.name), message: String(thrown.message) };
}

function tracebackLines(thrown: unknown, positions: Positions): string[] {
  const { name, message } = nameAndMessage(thrown);
  const lines = [`${red(name)}: ${message}`];
  if (!(thrown instanceof Error)) return lines;
  const frames = stackFrames(thrown);
  let framed = false;
  for (const frame of frames.slice(0, MAX_FRAMES)) {
    lines.push(frame);
    const place = /(In\[[^\]]+\]):(\d+):(\d+)\)?$/.exec(frame);
    const source = place ? positions.source(place[1]!) : undefined;
    if (place === null || source === undefined || framed) continue;
    lines.push(codeFrame(source, { line: Number(place[2]), column: Number(place[3]) - 1 }));
    framed = true;
  }
  return lines;
}

/** The lines of a stack that are frames; a message may have lines that look like anything. */
function stackFrames(error: Error): string[] {
  const stack = typeof error.stack === "string" ? error.stack : "";
  const start = stack.search(/(^|\n) {4}at /);
  return start < 0 ? [] : stack.slice(start).split("\n").filter((line) => /^ {4}at /.test(line));
}

function safeInspect(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
