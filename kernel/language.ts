import { CELL_GLOBALS, globalAliases } from "./language/globals.ts";
import type { Prelude } from "./language/globals.ts";
import { complete } from "./language/complete.ts";
import type { Completion } from "./language/complete.ts";
import { Documents } from "./language/documents.ts";
import { described, inspectAt, isNothing } from "./language/inspect.ts";
import type { Inspection } from "./language/inspect.ts";
import { LocalFiles } from "./language/local-files.ts";
import { CheckPolicy } from "./language/policy.ts";
import { projectConfig } from "./language/project.ts";
import { pathAt } from "./language/positions.ts";
import type { Position } from "./language/positions.ts";
import { LanguageServer } from "./language/server.ts";
import { blame } from "./language/diagnostics.ts";
import type { Diagnostic, LspDiagnostic } from "./language/diagnostics.ts";
import { topLevelNames } from "./language/symbols.ts";
import type { DocumentSymbol } from "./language/symbols.ts";

interface RunCell {
  source: string;
  variables: readonly string[];
  /** The cell is this file beside the notebook. */
  module?: string;
}

/** What a request about the current cell is made of. */
export interface CurrentCell {
  server: LanguageServer;
  uri: string;
  /** Lines of the header: line 0 of the cell is this line of the document. */
  offset: number;
  source: string;
}

/**
 * What TypeScript knows about the cells: errors before a cell runs, completions, hovers. The one
 * file behind which the language server stands.
 */
export class Language {
  readonly #server: LanguageServer;
  readonly #folder: string;
  readonly #preludes: Prelude[];
  readonly #documents: Documents;
  readonly #files: LocalFiles;
  readonly #policy = new CheckPolicy();
  /** Cells that have run and that the server has not been told yet. */
  readonly #uncommitted: RunCell[] = [];
  /** The names left out of the current header, because the cell declares them itself. */
  #declared: ReadonlySet<string> = new Set();
  #latest: { source: string; symbols: Symbols } | undefined;
  #ready: Promise<void> | undefined;
  #tslab = false;
  /** The value of `#tslab` that the server's tsconfig.json has. */
  #configured: boolean | undefined;
  /** Requests about the current cell take turns: each replaces its text. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, preludes: Prelude[]) {
    this.#server = new LanguageServer(folder);
    this.#documents = new Documents(PREFIX);
    this.#folder = folder;
    this.#preludes = preludes;
    this.#files = new LocalFiles(folder);
  }

  /** Loads the server before somebody waits for it. */
  warmUp(): void {
    void this.#onCurrent("", undefined, () => Promise.resolve()).catch(() => {});
  }

  /** The errors of a cell that has not run yet; undefined where it is not checked. */
  async check(source: string, typescript: boolean): Promise<Diagnostic[] | undefined> {
    const reported = this.#policy.reports(source, typescript);
    if (reported === undefined) return undefined;
    return this.#onCurrent(source, undefined, async ({ server, uri, offset }) => {
      const params = { textDocument: { uri } };
      const report = await server.request<{ items: LspDiagnostic[] }>(
        "textDocument/diagnostic",
        params,
      );
      return blame(report.items, offset, source).filter(({ code }) => reported(code));
    });
  }

  complete(source: string, at: Position): Promise<Completion | undefined> {
    return this.#onCurrent(source, undefined, (cell) => complete(cell, at));
  }

  /** `detail` 1 adds the source of the definition. */
  async inspect(source: string, at: Position, detail = 0): Promise<Inspection | undefined> {
    const found = await this.#onCurrent(source, undefined, (cell) => inspectAt(cell, at, detail));
    const name = pathAt(source, at);
    if (found === undefined || name === undefined) return found;
    const about = this.#preludes.map((each) => each.about?.[name]).find(Boolean);
    if (about !== undefined) return described(found, about);
    if (!isNothing(found)) return found;
    const asType = "type $ = ";
    const end = { line: 0, character: asType.length + name.length };
    const type = await this.#onCurrent(asType + name, undefined, (cell) =>
      inspectAt(cell, end, detail),
    );
    return type && isNothing(type) ? undefined : type;
  }

  /** From now on the cells are read as tslab reads them. */
  followTslab(): void {
    this.#tslab = true;
  }

  /** A cell has run: later cells see its names. `variables`: the names that can be reassigned. */
  async commit({ source, variables, module }: RunCell): Promise<void> {
    this.#uncommitted.push({ source, variables, module });
    if (this.#server.started) await this.#onCurrent("", undefined, () => Promise.resolve());
  }

  async #commitAll(): Promise<void> {
    for (let cell = this.#uncommitted.shift(); cell; cell = this.#uncommitted.shift()) {
      await this.#commit(cell);
    }
  }

  async #commit({ source, variables, module }: RunCell): Promise<void> {
    if (module !== undefined) return this.#server.write(module, source, TS);
    const symbols = await this.#symbolsOf(source);
    const names = { imported: [] as string[], variables: [] as string[] };
    for (const [name, variable] of symbols) {
      names[variable && variables.includes(name) ? "variables" : "imported"].push(name);
    }
    if (symbols.size === 0 && !/\bdeclare\s+global\b/.test(source)) return;
    const { file, text } = this.#documents.commit(source, names);
    // The header that imports the cell goes first: a cell that nothing imports yet would be
    // loaded as a project of its own, and every later answer would pay for two.
    this.#declared = new Set();
    await this.#server.write(this.#documents.current, this.#documents.header(this.#declared), TS);
    await this.#server.write(file, text, TS);
  }

  close(): void {
    this.#server.close();
  }

  /** Puts the cell into the current document and asks about it; one request at a time. */
  #onCurrent<T>(source: string, otherwise: T, ask: (cell: CurrentCell) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (!this.#server.available) return otherwise;
      await this.#configure();
      await (this.#ready ??= this.#open());
      await this.#commitAll();
      const changes = this.#files.changes(source);
      await this.#server.filesChanged(changes);
      for (let tries = 0; ; tries++) {
        const cell = await this.#write(source);
        const [answer, fits] = await Promise.all([ask(cell), this.#headerFits(cell)]);
        if (fits || tries > 0) return answer;
      }
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #configure(): Promise<void> {
    if (this.#configured === this.#tslab) return;
    this.#configured = this.#tslab;
    const files = [GLOBALS, PRELOADED, this.#documents.current];
    const config = projectConfig(this.#folder, files, this.#tslab);
    await this.#server.write("tsconfig.json", config, "json");
  }

  async #open(): Promise<void> {
    await this.#server.write(GLOBALS, CELL_GLOBALS, TS);
    await this.#server.write(PRELOADED, globalAliases(this.#preludes), TS);
  }

  async #write(source: string): Promise<CurrentCell> {
    const { current } = this.#documents;
    const header = this.#documents.header(this.#declared);
    await this.#server.write(current, header + source, TS);
    const offset = header.split("\n").length - 1;
    return { server: this.#server, uri: this.#server.uri(current), offset, source };
  }

  /** What the cell declares itself must not be in its header; if it is, the next one is right. */
  async #headerFits(cell: CurrentCell): Promise<boolean> {
    const symbols = await this.#symbols(cell);
    this.#latest = { source: cell.source, symbols };
    const declared = [...symbols.keys()].filter((name) => this.#documents.knows(name));
    const fits =
      declared.length === this.#declared.size && declared.every((name) => this.#declared.has(name));
    this.#declared = new Set(declared);
    return fits;
  }

  async #symbolsOf(source: string): Promise<Symbols> {
    if (this.#latest?.source === source) return this.#latest.symbols;
    return this.#symbols(await this.#write(source));
  }

  async #symbols({ server, uri, offset }: CurrentCell): Promise<Symbols> {
    const params = { textDocument: { uri } };
    const method = "textDocument/documentSymbol";
    return topLevelNames(await server.request<DocumentSymbol[]>(method, params), offset);
  }
}

/** Names that a cell declares, and whether each is a variable. */
type Symbols = Map<string, boolean>;

const TS = "typescript";
/** Several kernels may work in one folder. */
const PREFIX = `.downhill-${process.pid}-`;
const GLOBALS = `${PREFIX}kernel.d.ts`;
const PRELOADED = `${PREFIX}preloaded.d.ts`;
