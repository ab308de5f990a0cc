import { appendFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { absent, temporaryName } from "./files.ts";
import { HttpError } from "./http.ts";

/** The chunk number that JupyterLab gives to the last piece of a large file. */
export const LAST_CHUNK = -1;

/** Large uploads arrive in pieces, 1, 2, ... and last -1; the file appears when it is whole. */
export class Uploads {
  private readonly temporary = new Map<string, string>();

  /** Adds a piece to the upload of a file. */
  async add(file: string, chunk: number, bytes: Buffer): Promise<void> {
    if (chunk === 1) {
      await this.drop(file);
      const path = temporaryName(file);
      this.temporary.set(file, path);
      return writeFile(path, bytes, { flag: "wx" });
    }
    const path = this.temporary.get(file);
    if (path === undefined)
      throw new HttpError(400, `chunk: ${chunk}. The upload began with none.`);
    await appendFile(path, bytes, { flush: chunk === LAST_CHUNK });
    if (chunk !== LAST_CHUNK) return;
    this.temporary.delete(file);
    await rename(path, file);
  }

  /** Forgets what was never finished. */
  async close(): Promise<void> {
    await Promise.all([...this.temporary.keys()].map((file) => this.drop(file)));
  }

  private async drop(file: string): Promise<void> {
    const path = this.temporary.get(file);
    this.temporary.delete(file);
    if (path !== undefined && (await stat(path).catch(absent))) await rm(path);
  }
}
