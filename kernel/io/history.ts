import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Database, RootDatabase } from "lmdb";
import { numberOr, textOr } from "../protocol/messages.ts";
import type { Json, JsonObject } from "../protocol/messages.ts";
import { log } from "../protocol/log.ts";
import { jupyterDataFolder } from "../paths.ts";

/** Where a cell stands: the number of its session and its line, which is the execution count. */
type Key = [session: number, line: number];
type Entry = [session: number, line: number, source: string];

interface Store {
  database: RootDatabase<string | number, Key>;
  /** The text of what cells returned, by the same keys. */
  outputs: Database<string, Key>;
  session: number;
}

type Put = (store: Store) => Promise<boolean>;

/** Cells are written together, this long after the first: nobody waits for the disk meanwhile. */
const GATHER_MS = 50;

/** The key under which the number of the newest session is kept; no cell has session 0. */
const NEWEST: Key = [0, 0];
const FIRST: Key = [1, 0];
const LAST: Key = [Number.MAX_SAFE_INTEGER, 0];

/**
 * What was run in this session and in earlier ones. LMDB keeps it in one file that any number of
 * kernels may write at once. Where no file can be had, the history is that of this session.
 */
export class History {
  readonly #memory = new Map<number, string>();
  readonly #results = new Map<number, string>();
  #store: Promise<Store | undefined> | undefined;
  #unwritten: Put[] = [];
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<unknown> = Promise.resolve();

  /** Remembers a cell that runs now. */
  add(line: number, source: string): void {
    this.#memory.set(line, source);
    this.#write((store) => store.database.put([store.session, line], source));
  }

  /** Remembers the text of what the cell returned. */
  addResult(line: number, text: string): void {
    this.#results.set(line, text);
    this.#write((store) => store.outputs.put([store.session, line], text));
  }

  #write(put: Put): void {
    this.#unwritten.push(put);
    this.#timer ??= setTimeout(() => void this.drained(), GATHER_MS).unref();
  }

  /** Resolves when everything added so far is on disk. */
  async drained(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const puts = this.#unwritten.splice(0);
    if (puts.length > 0) {
      const written = this.#opened()
        .then((store) => store && Promise.all(puts.map((put) => put(store))))
        .catch((error: Error) => log(`history: ${error.message}`));
      this.#written = Promise.all([this.#written, written]);
    }
    await this.#written;
  }

  /** Answers `history_request`. */
  async reply(content: JsonObject): Promise<JsonObject> {
    const found = await this.#entries(content);
    if (!content.output) return { status: "ok", history: found };
    const store = await this.#opened();
    const outputOf = (session: number, line: number): string | null =>
      (store ? store.outputs.get([session, line]) : this.#results.get(line)) ?? null;
    const history = found.map(([session, line, source]) => [
      session,
      line,
      [source, outputOf(session, line)],
    ]);
    return { status: "ok", history };
  }

  async #entries(content: JsonObject): Promise<Entry[]> {
    const store = await this.#opened();
    // LMDB reads what is committed: the cell that ran a moment ago would be missing.
    await this.drained();
    const newestFirst = store
      ? fromStore(store.database)
      : [...this.#memory].reverse().map(([line, source]): Entry => [1, line, source]);
    const current = store?.session ?? 1;
    switch (content.hist_access_type) {
      case "range":
        return range(newestFirst, current, content);
      case "search":
        return search(newestFirst, content);
      default:
        return latest(newestFirst, content.n);
    }
  }

  #opened(): Promise<Store | undefined> {
    this.#store ??= open().catch((error: Error) => {
      log(`history: ${error.message}. It is kept in memory only.`);
      return undefined;
    });
    return this.#store;
  }
}

async function open(): Promise<Store> {
  const folder = process.env.DOWNHILL_HISTORY ?? join(jupyterDataFolder(), "downhill");
  makeFolder(folder);
  const lmdb = await import("lmdb");
  const path = join(folder, "history.mdb");
  const database = lmdb.open<string | number, Key>({ path, compression: true });
  const outputs = database.openDB<string, Key>({ name: "outputs", compression: true });
  const session = database.transactionSync(() => {
    const next = Number(database.get(NEWEST) ?? 0) + 1;
    database.putSync(NEWEST, next);
    return next;
  });
  return { database, outputs, session };
}

/** As `mkdir -p`. Node's own never ends where a system refuses a folder as /proc does, with ENOENT. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another kernel may have made it meanwhile.
    if (!existsSync(folder)) throw error;
  }
}

function* fromStore(database: RootDatabase<string | number, Key>): Iterable<Entry> {
  for (const { key, value } of database.getRange({ start: LAST, end: FIRST, reverse: true })) {
    yield [...key, String(value)];
  }
}

/** The last `n`, oldest first. */
function latest(newestFirst: Iterable<Entry>, n: Json | undefined): Entry[] {
  const limit = numberOr(n, Infinity);
  const found: Entry[] = [];
  for (const entry of newestFirst) {
    if (found.length >= limit) break;
    found.push(entry);
  }
  return found.reverse();
}

/** Lines `start` up to, not including, `stop` of a session: 0 is this one, -1 the one before. */
function range(newestFirst: Iterable<Entry>, current: number, content: JsonObject): Entry[] {
  const asked = numberOr(content.session, 0);
  const session = asked > 0 ? asked : current + asked;
  const start = numberOr(content.start, 1);
  const stop = numberOr(content.stop, Infinity);
  const inRange = (line: number): boolean => line >= start && line < stop;
  return [...newestFirst].filter((each) => each[0] === session && inRange(each[1])).reverse();
}

/** What matches a pattern with `*` and `?`; with `unique`, each source once, its newest. */
function search(newestFirst: Iterable<Entry>, content: JsonObject): Entry[] {
  const pattern = globToRegExp(textOr(content.pattern, "*"));
  const seen = new Set<string>();
  const matching = function* (): Iterable<Entry> {
    for (const entry of newestFirst) {
      if (!pattern.test(entry[2]) || (content.unique && seen.has(entry[2]))) continue;
      seen.add(entry[2]);
      yield entry;
    }
  };
  return latest(matching(), content.n);
}

function globToRegExp(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}
