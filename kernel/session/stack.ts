import { findSourceMap } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { root } from "../../root.ts";
import type { Positions } from "./positions.ts";

/**
 * Makes every `error.stack` speak of the user's TypeScript: positions in cells are mapped to their
 * source, and frames of Node and of the kernel itself are left out.
 */
export function installStackTraces(positions: Positions, ownFolders: string[]): void {
  const hidden = (file: string): boolean =>
    file.startsWith("node:") || ownFolders.some((each) => file.startsWith(each));
  Error.prepareStackTrace = (error, frames) => {
    const shown = frames.filter((frame) => !hidden(scriptName(frame)));
    // A built-in function with nothing of the user's around it was called by the kernel.
    const outermost = shown.findLastIndex((frame) => scriptName(frame) !== "");
    const lines = shown
      .slice(0, outermost + 1)
      .map((frame) => `\n    at ${describe(frame, scriptName(frame), positions)}`);
    return title(error) + lines.join("");
  };
}

/** A cell has no file, only the name that its last line gives it. */
function scriptName(frame: NodeJS.CallSite): string {
  return (frame.getScriptNameOrSourceURL() as string | null) ?? "";
}

function describe(frame: NodeJS.CallSite, file: string, positions: Positions): string {
  const text = String(frame);
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (line === null || column === null) return text;
  if (!positions.has(file)) return describeFile(text, file, line, column);
  const original = positions.original(file, { line, column: column - 1 });
  const place = original ? `${file}:${original.line}:${original.column + 1}` : file;
  const raw = `${file}:${line}:${column}`;
  // The outermost frame of a cell has no name, so its text is the bare position.
  return text.replace(raw, place).replace(/^(async )?<anonymous> \((.*)\)$/, "$1$2");
}

/** A file with a source map, under its own name; the version that the loader adds is left out. */
function describeFile(text: string, file: string, line: number, column: number): string {
  const clean = shortened(file.replace(/\?v=\w+$/, ""));
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (!entry || !("originalLine" in entry)) return text.replace(file, clean);
  const place = `${clean}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return text.replace(`${file}:${line}:${column}`, place);
}

const PACKAGE = pathToFileURL(root).href;

/** The path as the reader knows it: from the notebook's folder, or from a package's name on. */
function shortened(file: string): string {
  const folder = `${pathToFileURL(process.cwd()).href}/`;
  const path = file.replace(/^.*\/node_modules\//, "").replace(folder, "./");
  return decodeURI(path.replace(PACKAGE, "downhill/").replace(/^file:\/\//, ""));
}

/** `Name: message` as V8 writes it, for hostile errors too. */
function title(error: unknown): string {
  try {
    return Error.prototype.toString.call(error as Error);
  } catch {
    return "<error>";
  }
}

/** The script names on the stack right now, innermost first. */
export function filesOnStack(limit: number): string[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = limit;
  Error.prepareStackTrace = (_, frames) => frames.map(scriptName);
  const files = new Error("stack").stack as unknown as string[];
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  return files;
}
