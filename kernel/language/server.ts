import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { log } from "../protocol/log.ts";
import type { FileEvent } from "./local-files.ts";
import { JsonRpc } from "./rpc.ts";

const require = createRequire(import.meta.url);

/** A server that takes longer than this for one answer is killed and started again. */
const ANSWER_MS = 15_000;
const MAX_CRASHES = 5;

/** Without the second and third, the server runs `npm install` for types behind the user's back. */
const CONFIGURATION = {
  suggest: { autoImports: false },
  disableAutomaticTypeAcquisition: true,
  tsserver: { automaticTypeAcquisition: { enabled: false } },
};

/** What the server asks. */
const ANSWERS = {
  "workspace/configuration": ({ items }: { items: unknown[] }) => items.map(() => CONFIGURATION),
  "client/registerCapability": () => null,
};

/** An open document: what the server must be told again after a crash. */
interface Document {
  languageId: "typescript" | "json";
  version: number;
  text: string;
}

/**
 * TypeScript's own language server as a child process, over virtual documents. It starts at the
 * first request; when it dies, it is started again with the same documents.
 */
export class LanguageServer {
  readonly #folder: string;
  readonly #documents = new Map<string, Document>();
  #process: ChildProcess | undefined;
  #connection: Promise<JsonRpc> | undefined;
  #crashes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Absent where the platform's binary is not installed, or after too many crashes. */
  get available(): boolean {
    return this.#crashes < MAX_CRASHES && serverPath() !== undefined;
  }

  /** Opens a document, or replaces its text. */
  async write(file: string, text: string, languageId: Document["languageId"]): Promise<void> {
    const uri = this.uri(file);
    const sent = wellFormedText(text);
    const open = this.#documents.get(uri);
    if (open?.text === sent) return;
    const document = { languageId, version: (open?.version ?? 0) + 1, text: sent };
    this.#documents.set(uri, document);
    // Not yet connected: the document goes over with all the others.
    if (this.#connection === undefined) return;
    const connection = await this.#connection;
    if (open === undefined) return openDocument(connection, uri, document);
    connection.notify("textDocument/didChange", {
      textDocument: { uri, version: document.version },
      contentChanges: [{ text: sent }],
    });
  }

  async filesChanged(changes: FileEvent[]): Promise<void> {
    if (changes.length === 0 || this.#connection === undefined) return;
    const connection = await this.#connection;
    connection.notify("workspace/didChangeWatchedFiles", { changes });
  }

  /** Sends one request; rejects when the server dies or does not answer in time. */
  async request<T>(method: string, params: object): Promise<T> {
    const connection = await this.#connected();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#process?.kill("SIGKILL");
        reject(new Error(`language server: no answer to ${method} in ${ANSWER_MS} ms`));
      }, ANSWER_MS);
    });
    try {
      return await Promise.race([connection.request<T>(method, params), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The text of an open document. */
  text(uri: string): string | undefined {
    return this.#documents.get(uri)?.text;
  }

  get started(): boolean {
    return this.#connection !== undefined;
  }

  uri(file: string): string {
    return pathToFileURL(join(this.#folder, file)).href;
  }

  /** The process of the server, if it runs. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  close(): void {
    this.#crashes = MAX_CRASHES;
    this.#process?.kill("SIGKILL");
  }

  #connected(): Promise<JsonRpc> {
    this.#connection ??= this.#start();
    return this.#connection;
  }

  async #start(): Promise<JsonRpc> {
    const exe = serverPath();
    if (exe === undefined) throw new Error("language server: no TypeScript for this platform");
    const server = spawn(exe, ["--lsp", "--stdio"], {
      cwd: this.#folder,
      // Nothing is collected before the limit: of the 440 ms that loading takes, collecting is 110.
      env: { ...process.env, GOMEMLIMIT: "320MiB", GOGC: "off" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#process = server;
    const connection = new JsonRpc(server.stdout, server.stdin, ANSWERS);
    server.stdin.on("error", () => {});
    server.stdout.on("error", (error) => {
      log(`language server: ${error.message}`);
      server.kill("SIGKILL");
    });
    server.on("error", (error) => log(`language server: ${error.message}`));
    server.on("exit", () => {
      this.#connection = undefined;
      this.#process = undefined;
      this.#crashes += 1;
      connection.close("language server: it has ended");
    });
    await connection.request("initialize", this.#initializeParams());
    connection.notify("initialized", {});
    for (const [uri, document] of this.#documents) openDocument(connection, uri, document);
    return connection;
  }

  #initializeParams(): object {
    const markdown = ["markdown"];
    return {
      processId: process.pid,
      rootUri: pathToFileURL(this.#folder).href,
      initializationOptions: { disablePushDiagnostics: true },
      capabilities: {
        workspace: { configuration: true },
        general: { positionEncodings: ["utf-16"] },
        textDocument: {
          documentSymbol: { hierarchicalDocumentSymbolSupport: true },
          hover: { contentFormat: markdown },
          definition: { linkSupport: true },
          diagnostic: { relatedInformation: true },
          completion: {
            completionItem: { documentationFormat: markdown, insertReplaceSupport: true },
            completionList: { itemDefaults: ["editRange", "data"] },
          },
          signatureHelp: {
            signatureInformation: { documentationFormat: markdown, activeParameterSupport: true },
          },
        },
      },
    };
  }
}

function openDocument(connection: JsonRpc, uri: string, document: Document): void {
  connection.notify("textDocument/didOpen", { textDocument: { uri, ...document } });
}

/** The server drops an edit that holds half a surrogate pair; UTF-8 has U+FFFD for it. */
function wellFormedText(text: string): string {
  return Buffer.from(text).toString();
}

/** The native binary of the pinned TypeScript; `bin/tsc` would be one more Node process. */
function serverPath(): string | undefined {
  try {
    const typescript = createRequire(require.resolve("typescript/package.json"));
    const name = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
    const exe = process.platform === "win32" ? "tsc.exe" : "tsc";
    return join(dirname(typescript.resolve(name)), "lib", exe);
  } catch {
    return undefined;
  }
}
