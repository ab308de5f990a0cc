import { readdirSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";

const EXTENSIONS = new Set([".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".json"]);
const MAX_FILES = 2000;

/** LSP's FileChangeType. */
export interface FileEvent {
  uri: string;
  type: 1 | 2 | 3;
}

/**
 * Which files beside the notebook have changed. The server does not watch the disk, so it is told
 * before a cell that imports a local file is looked at.
 */
export class LocalFiles {
  readonly #folder: string;
  #times: Map<string, number> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Changes since the last call; the first one only remembers how things are. */
  changes(source: string): FileEvent[] {
    if (!/["'](\.{0,2}\/|file:)/.test(source)) return [];
    const before = this.#times;
    const now = this.#scan();
    this.#times = now;
    if (before === undefined) return [];
    const event = (file: string, type: FileEvent["type"]): FileEvent => ({
      uri: pathToFileURL(file).href,
      type,
    });
    return [
      ...[...now].flatMap(([file, time]) => {
        const known = before.get(file);
        return known === time ? [] : [event(file, known === undefined ? 1 : 2)];
      }),
      ...[...before.keys()].flatMap((file) => (now.has(file) ? [] : [event(file, 3)])),
    ];
  }

  #scan(): Map<string, number> {
    const times = new Map<string, number>();
    const folders = [this.#folder];
    for (let folder = folders.pop(); folder && times.size < MAX_FILES; folder = folders.pop()) {
      for (const entry of entries(folder)) {
        const path = join(folder, entry.name);
        if (entry.name === "node_modules" || entry.name.startsWith(".")) continue;
        if (entry.isDirectory()) folders.push(path);
        else if (EXTENSIONS.has(extname(path))) {
          times.set(path, statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
        }
      }
    }
    return times;
  }
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
