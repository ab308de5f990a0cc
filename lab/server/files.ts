import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file so that a reader, a crash or a full disk meets the old content or the new, never
 * half of it: a temporary file beside it, flushed to the disk, then renamed over it.
 */
export async function writeAtomically(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const before = await stat(path).catch(absent);
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, "wx");
    try {
      if (before !== undefined) await file.chmod(before.mode & 0o777);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A hidden name beside the file: on the same disk, and in nobody's file browser. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** The JSON in a file, or undefined where there is no such file. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(absent);
  return text === undefined ? undefined : JSON.parse(text);
}

/** For `.catch`: a missing file is an answer, any other failure is not. */
export function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  return undefined;
}
