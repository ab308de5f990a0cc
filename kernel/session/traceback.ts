import { inspect } from "node:util";
import type { ErrorContent } from "../bridge.ts";
import { bold, codeFrame, cyan, dim, red } from "./code-frame.ts";
import type { Positions } from "./positions.ts";

const MAX_FRAMES = 30;
/** Causes of causes, and errors in an AggregateError, up to this depth and number. */
const MAX_DEPTH = 5;
const MAX_ERRORS = 10;
const MAX_MESSAGE = 10_000;

/** An error as Jupyter shows it: name, message, and lines with the cell's own TypeScript. */
export function errorContent(thrown: unknown, positions: Positions): ErrorContent {
  const { name, message } = nameAndMessage(thrown);
  const traceback = new Traceback(positions);
  traceback.add(thrown, 0);
  return { ename: name, evalue: message, traceback: traceback.lines };
}

class Traceback {
  readonly lines: string[] = [];
  readonly #positions: Positions;
  readonly #seen = new Set<unknown>();
  /** One look at the code is enough for each cell that is met. */
  readonly #framed = new Set<string>();

  constructor(positions: Positions) {
    this.#positions = positions;
  }

  add(thrown: unknown, depth: number): void {
    const { name, message } = nameAndMessage(thrown);
    this.#line(`${red(bold(name))}: ${message}`, depth);
    if (!(thrown instanceof Error)) return;
    this.#seen.add(thrown);
    const frames = stackFrames(thrown);
    for (const frame of frames.slice(0, MAX_FRAMES)) this.#frame(frame, depth);
    if (frames.length > MAX_FRAMES) {
      this.#line(dim(`    ... ${frames.length - MAX_FRAMES} more`), depth);
    }
    const { cause, errors } = thrown as { cause?: unknown; errors?: unknown };
    if (cause !== undefined) this.#also("Caused by", [cause], depth);
    if (Array.isArray(errors)) this.#also("One of them", errors, depth);
  }

  #also(title: string, errors: unknown[], depth: number): void {
    if (depth >= MAX_DEPTH) return;
    for (const error of errors.slice(0, MAX_ERRORS)) {
      if (this.#seen.has(error)) continue;
      this.#line(bold(`${title}:`), depth + 1);
      this.add(error, depth + 1);
    }
  }

  #frame(frame: string, depth: number): void {
    const place = /((?:In\[[^\]]+\]):(\d+):(\d+))(\)?)$/.exec(frame);
    if (place === null) return this.#line(dim(frame), depth);
    const [, at, line, column, end] = place;
    const cell = at!.replace(/:\d+:\d+$/, "");
    this.#line(`${frame.slice(0, place.index)}${cyan(at!)}${end}`, depth);
    const source = this.#positions.source(cell);
    if (source === undefined || this.#framed.has(cell)) return;
    this.#framed.add(cell);
    this.#line(codeFrame(source, { line: Number(line), column: Number(column) - 1 }), depth);
  }

  #line(text: string, depth: number): void {
    const indent = "  ".repeat(depth);
    this.lines.push(indent + text.replaceAll("\n", `\n${indent}`));
  }
}

function nameAndMessage(thrown: unknown): { name: string; message: string } {
  if (!(thrown instanceof Error)) return { name: "Uncaught", message: safeInspect(thrown) };
  // A hostile error may throw from its getters.
  try {
    const message = String(thrown.message);
    const cut = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message;
    return { name: String(thrown.name), message: cut };
  } catch {
    return { name: "Error", message: "an error that cannot be read" };
  }
}

/** The lines of a stack that are frames; a message may have lines that look like anything. */
function stackFrames(error: Error): string[] {
  const stack = safeStack(error);
  const start = stack.search(/(^|\n) {4}at /);
  return start < 0
    ? []
    : stack
        .slice(start)
        .split("\n")
        .filter((line) => /^ {4}at /.test(line));
}

function safeStack(error: Error): string {
  try {
    return String(error.stack ?? "");
  } catch {
    return "";
  }
}

function safeInspect(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
