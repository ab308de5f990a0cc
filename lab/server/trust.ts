import { createHash, createHmac, randomBytes } from "node:crypto";
import { appendFile, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { absent, temporaryName } from "./files.ts";
import { joinLines, sortKeys, type Cell, type Notebook } from "./nbformat.ts";

/**
 * The digest of a notebook's content: SHA-256 (hex) of its JSON with sorted keys and joined lines,
 * without the marks that trust itself leaves. How the file is laid out does not matter.
 *
 *     notebookDigest(JSON.parse(readFileSync("zh/06-momentum.ipynb", "utf8")))
 */
export function notebookDigest(notebook: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sortKeys(withoutMarks(notebook))))
    .digest("hex");
}

/** Sets (or, with undefined, removes) `metadata.trusted` of every code cell; returns a new notebook. */
export function markCells(notebook: Notebook, trusted: boolean | undefined): Notebook {
  const mark = (cell: Cell): Cell => {
    if (cell.cell_type !== "code") return cell;
    const { trusted: _, ...rest } = cell.metadata ?? {};
    return { ...cell, metadata: trusted === undefined ? rest : { ...rest, trusted } };
  };
  return Array.isArray(notebook.cells)
    ? { ...notebook, cells: notebook.cells.map(mark) }
    : notebook;
}

/** What any reader may show without harm: cells with nothing else need no trust. */
const harmless = new Set(["text/plain", "image/png", "image/jpeg"]);

/** Would saving this notebook leave nothing untrusted in it? As the Jupyter Server decides. */
export function allCellsTrusted(notebook: Notebook): boolean {
  const safe = (cell: Cell) =>
    cell.cell_type !== "code" ||
    cell.metadata?.trusted === true ||
    (cell.outputs ?? []).every((output) =>
      Object.keys(output.data ?? {}).every((type) => harmless.has(type)),
    );
  return (notebook.cells ?? []).every(safe);
}

/**
 * Remembers which notebooks this user trusted: HMAC-SHA-256 signatures of their content under a
 * secret of the user, one a line in a file. The book's own notebooks are trusted by digest.
 */
export class TrustStore {
  private signatures: Set<string> | undefined;
  private secret: Buffer | undefined;

  constructor(
    private readonly folder: string,
    private readonly trusted: ReadonlySet<string>,
  ) {}

  async isTrusted(notebook: Notebook): Promise<boolean> {
    const digest = notebookDigest(notebook);
    if (this.trusted.has(digest)) return true;
    const signatures = await this.load();
    return signatures.size > 0 && signatures.has(await this.sign(digest));
  }

  async trust(notebook: Notebook): Promise<void> {
    const signature = await this.sign(notebookDigest(notebook));
    const signatures = await this.load();
    if (signatures.has(signature)) return;
    signatures.add(signature);
    await appendFile(this.file, `${signature}\n`, { mode: 0o600 });
  }

  private get file(): string {
    return join(this.folder, "signatures");
  }

  private async load(): Promise<Set<string>> {
    if (this.signatures === undefined) {
      const text = await readFile(this.file, "utf8").catch(absent);
      this.signatures ??= new Set((text ?? "").split("\n").filter((line) => line !== ""));
    }
    return this.signatures;
  }

  private async sign(digest: string): Promise<string> {
    this.secret ??= await readOrCreateSecret(join(this.folder, "secret"));
    return createHmac("sha256", this.secret).update(digest).digest("hex");
  }
}

/** The secret is linked into place whole: a second process never reads half of it. */
async function readOrCreateSecret(path: string): Promise<Buffer> {
  const known = await readFile(path).catch(absent);
  if (known !== undefined) return known;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = temporaryName(path);
  await writeFile(temporary, randomBytes(32), { flag: "wx", mode: 0o600 });
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return readFile(path);
}

function withoutMarks(value: unknown): Notebook {
  const notebook = markCells(joinLines(value as Notebook), undefined);
  const { signature: _, ...metadata } = notebook.metadata ?? {};
  return { ...notebook, metadata };
}
