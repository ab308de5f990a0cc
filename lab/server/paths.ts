import { realpathSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { HttpError } from "./http.ts";

/**
 * Turns the API's paths ("zh/06-momentum.ipynb", always "/") into paths on disk, and lets none out
 * of the root: not by "..", not by an absolute path, not through a symbolic link.
 */
export class Paths {
  readonly root: string;

  constructor(root: string) {
    this.root = realpathSync(root);
  }

  /** The path on disk with every link resolved. The file itself need not exist yet. */
  async resolve(path: string): Promise<string> {
    const parts = segments(path);
    const target = await realpathOfFuture(join(this.root, ...parts));
    const inside = target === this.root || target.startsWith(withSlash(this.root));
    if (!inside) throw new HttpError(404, `path: ${path}. It leads out of the served folder.`);
    return target;
  }
}

/** The names in an API path. Hidden files are not served. */
export function segments(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    const hidden = part.startsWith(".");
    const separator = /[\0\\]/.test(part) || (process.platform === "win32" && part.includes(":"));
    if (hidden || separator) throw new HttpError(404, `path: ${path}. There is no such file.`);
  }
  return parts;
}

/** The API's spelling: no leading, trailing or doubled slash. */
export function normalize(path: string): string {
  return segments(path).join("/");
}

/** `realpath` for a path whose last names may not exist yet. */
async function realpathOfFuture(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    return join(await realpathOfFuture(dirname(path)), basename(path));
  }
}

function withSlash(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}
