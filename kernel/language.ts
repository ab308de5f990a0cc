import { CELL_GLOBALS, globalAliases } from "./language/globals.ts";
import type { Prelude } from "./language/globals.ts";
import { complete } from "./language/complete.ts";
import type { Completion } from "./language/complete.ts";
import { DECLARES_GLOBAL, Documents } from "./language/documents.ts";
import type { Text } from "./language/documents.ts";
import { described, inspectAt, isNothing } from "./language/inspect.ts";
import type { Inspection } from "./language/inspect.ts";
import { LocalFiles } from "./language/local-files.ts";
import { CheckPolicy } from "./language/policy.ts";
import { projectConfig } from "./language/project.ts";
import { nameBefore, pathAt } from "./language/positions.ts";
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
  /** Names of earlier cells that are left out of the header. */
  declared: ReadonlySet<string>;
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
  #latest: { source: string; symbols: Symbols } | undefined;
  #ready: Promise<void> | undefined;
  #tslab = false;
  /** The value of `#tslab` that the server's tsconfig.json has. */
  #configured: boolean | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** Requests about the current cell take turns: each replaces its text. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, preludes: Prelude[]) {
    this.#server = new LanguageServer(folder);
    this.#documents = new Documents(PREFIX);
    this.#folder = folder;
    this.#preludes = preludes;
    this.#files = new LocalFiles(folder);
  }

  /**
   * Loads the server before somebody waits for it. Resolves when it has loaded, or cannot: who asks
   * it for something hears why.
   */
  async warmUp(): Promise<void> {
    if (this.#policy.off) return;
    await this.#onCurrent("", undefined, () => Promise.resolve()).catch(() => {});
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
    return this.#onCurrent(source, undefined, (cell) => complete(cell, at), nameBefore(source, at));
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

  /**
   * A cell has run: later cells see its names. `variables`: the names that can be reassigned. Where
   * no cell is checked, the server is told when it is asked something, or when the kernel is idle:
   * "Run all" need not wait for it.
   */
  async commit({ source, variables, module }: RunCell): Promise<void> {
    this.#uncommitted.push({ source, variables, module });
    if (this.#policy.checks) await this.#inTurn(undefined, () => Promise.resolve());
    else if (this.#server.started) this.#whenIdle();
  }

  async #commitAll(): Promise<void> {
    for (let cell = this.#uncommitted.shift(); cell; cell = this.#uncommitted.shift()) {
      await this.#commit(cell);
    }
  }

  async #commit({ source, variables, module }: RunCell): Promise<void> {
    if (module !== undefined) return this.#put({ file: module, text: source });
    const symbols = await this.#symbolsOf(source);
    const names = { imported: [] as string[], variables: [] as string[] };
    for (const [name, variable] of symbols) {
      names[variable && variables.includes(name) ? "variables" : "imported"].push(name);
    }
    if (symbols.size === 0 && !DECLARES_GLOBAL.test(source)) return;
    if (this.#documents.free === 0) await this.#addSlot();
    // At once, alone: where two files have changed, the server makes its program anew, 20 ms in place of 2.
    await this.#takeIn(this.#documents.commit(source, names));
  }

  async #addSlot(): Promise<void> {
    const slot = this.#documents.addSlot();
    await this.#put(this.#documents.index);
    await this.#takeIn(slot);
  }

  /** The server takes up what it was told when it is asked for something. */
  async #takeIn(text: Text): Promise<void> {
    await this.#put(text);
    await this.#symbols({ server: this.#server, uri: this.#server.uri(text.file), offset: 0 });
  }

  /** What costs the server time is done before somebody waits for it: cells to take in, new slots. */
  #whenIdle(): void {
    clearTimeout(this.#idle);
    const slots = this.#documents.free < SLOTS_AHEAD;
    if (!slots && this.#uncommitted.length === 0) return;
    const work = () =>
      this.#inTurn(undefined, async () => {
        if (slots) await this.#addSlot();
      });
    this.#idle = setTimeout(() => void work().catch(() => {}), IDLE_MS).unref();
  }

  close(): void {
    this.#server.close();
  }

  /** Puts the cell into the current document and asks about it. */
  #onCurrent<T>(
    source: string,
    otherwise: T,
    ask: (cell: CurrentCell) => Promise<T>,
    prefix?: string,
  ): Promise<T> {
    return this.#inTurn(otherwise, async () => {
      const changes = this.#files.changes(source);
      await this.#server.filesChanged(changes);
      const cell = await this.#write(source, prefix);
      const [answer, fits] = await Promise.all([ask(cell), this.#headerFits(cell)]);
      return fits ? answer : ask(await this.#write(source, prefix));
    });
  }

  /** One request at a time, after all cells that have run are known; `otherwise` without a server. */
  #inTurn<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (!this.#server.available) return otherwise;
      await this.#configure();
      await (this.#ready ??= this.#open());
      await this.#commitAll();
      const answer = await work();
      this.#whenIdle();
      return answer;
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #configure(): Promise<void> {
    if (this.#configured === this.#tslab) return;
    this.#configured = this.#tslab;
    const { index, current } = this.#documents;
    // Itself too: what stands in no project becomes one of its own, with all types, 0.1 s of them.
    const files = [GLOBALS, PRELOADED, index.file, current, CONFIG];
    const config = projectConfig(this.#folder, files, this.#tslab);
    await this.#server.write(CONFIG, config, "json");
  }

  async #open(): Promise<void> {
    await this.#put({ file: GLOBALS, text: CELL_GLOBALS });
    await this.#put({ file: PRELOADED, text: globalAliases(this.#preludes) });
    await this.#put(this.#documents.index);
  }

  #put({ file, text }: Text): Promise<void> {
    return this.#server.write(file, text, "typescript");
  }

  async #write(source: string, prefix?: string): Promise<CurrentCell> {
    const file = this.#documents.current;
    const declared = this.#redeclared(source);
    const header = this.#documents.header(source, declared, prefix);
    await this.#put({ file, text: header + source });
    const offset = header.split("\n").length - 1;
    return { server: this.#server, uri: this.#server.uri(file), offset, source, declared };
  }

  /** Names that the cell takes from earlier ones: as the server says, before it is asked a guess. */
  #redeclared(source: string): Set<string> {
    if (this.#latest?.source !== source) return this.#documents.redeclared(source);
    return new Set([...this.#latest.symbols.keys()].filter((name) => this.#documents.knows(name)));
  }

  /** What the cell declares itself must not be in its header; if it is, the next one is right. */
  async #headerFits(cell: CurrentCell): Promise<boolean> {
    const { source, declared } = cell;
    this.#latest = { source, symbols: await this.#symbols(cell) };
    const actual = this.#redeclared(source);
    return declared.size === actual.size && [...declared].every((name) => actual.has(name));
  }

  async #symbolsOf(source: string): Promise<Symbols> {
    if (this.#latest?.source === source) return this.#latest.symbols;
    return this.#symbols(await this.#write(source));
  }

  async #symbols({ server, uri, offset }: Place): Promise<Symbols> {
    const params = { textDocument: { uri } };
    const method = "textDocument/documentSymbol";
    return topLevelNames(await server.request<DocumentSymbol[]>(method, params), offset);
  }
}

type Place = Pick<CurrentCell, "server" | "uri" | "offset">;

/** Names that a cell declares, and whether each is a variable. */
type Symbols = Map<string, boolean>;

/** So many cells can be committed at once without the server having to take in new files. */
const SLOTS_AHEAD = 8;
/** After so long without a cell or a question the server has time. */
const IDLE_MS = 300;
/** Several kernels may work in one folder. */
const PREFIX = `.downhill-${process.pid}-`;
const CONFIG = "tsconfig.json";
const GLOBALS = `${PREFIX}kernel.d.ts`;
const PRELOADED = `${PREFIX}preloaded.d.ts`;
