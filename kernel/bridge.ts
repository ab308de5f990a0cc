import type { MessagePort } from "node:worker_threads";
import type { Header, JsonObject } from "./protocol/messages.ts";
import type { CommList } from "./session/comm.ts";
import type { Question } from "./session/prompt.ts";
import type { Cell } from "./session/transform.ts";

/** The name under which a cell, as the worker wrote it anew, reaches its session on the main thread. */
export const CELL = "__cell__";

/**
 * What the two threads say to each other. The worker (io.ts) owns the sockets, the main thread
 * runs the user's code. `parent` names the request that an output belongs to.
 */
export interface ExecuteRequest {
  type: "execute";
  parent: Header;
  cell: Cell;
  execution_count: number;
  silent: boolean;
  allow_stdin: boolean;
  user_expressions: Record<string, Cell | ErrorContent>;
}

export interface CommMessage {
  type: "comm";
  parent: Header;
  kind: "comm_open" | "comm_msg" | "comm_close";
  content: JsonObject;
  metadata: JsonObject;
  buffers: Uint8Array[];
}

export type ToMain =
  | ExecuteRequest
  | CommMessage
  | { type: "listening" }
  | { type: "load" }
  | { type: "refused"; reason: string }
  | { type: "interrupt" }
  | { type: "answer"; id: number; text: string }
  | { type: "shutdown" };

export type ToWorker =
  | { type: "ports"; signals: MessagePort; answers: MessagePort }
  | { type: "publish"; parent: Header; publication: Publication }
  | { type: "done"; parent: Header; reply: ExecuteReply }
  | { type: "comm_done"; parent: Header }
  | { type: "comms"; comms: CommList }
  | { type: "spawn"; parent: Header | undefined; request: SpawnRequest }
  | { type: "ask"; parent: Header; question: Question }
  | { type: "interrupted" };

/** One descriptor of a process, as Node's `spawnSync` describes it to itself. */
export interface SyncStdio {
  type: "pipe" | "ignore" | "inherit" | "fd" | "overlapped" | "wrap";
  fd?: number;
  /** Whether the process may write to the pipe. */
  writable?: boolean;
  input?: Uint8Array;
}

/** A process that the worker runs while the main thread waits for `done`. */
export interface SpawnRequest {
  options: {
    file: string;
    args: string[];
    envPairs: string[];
    stdio: SyncStdio[];
    cwd?: string;
    timeout?: number;
    maxBuffer?: number;
    killSignal?: number;
    detached?: boolean;
    uid?: number;
    gid?: number;
    windowsHide?: boolean;
    windowsVerbatimArguments?: boolean;
  };
  answer: MessagePort;
  done: Int32Array;
}

export interface SpawnResult {
  pid: number;
  status: number | null;
  signal: string | null;
  output: (Uint8Array | undefined)[] | null;
  /** A negative number of the system's, as libuv has it. */
  error?: number | undefined;
}

/** One IOPub message. `cost` is how many bytes of back-pressure it holds until it is sent. */
export interface Publication {
  msg_type: string;
  content: JsonObject;
  metadata?: JsonObject;
  buffers?: Uint8Array[];
  cost?: number;
}

export interface ErrorContent {
  [key: string]: string | string[] | undefined;
  ename: string;
  evalue: string;
  traceback: string[];
}

export type ExecuteReply =
  | { status: "ok"; payload: JsonObject[]; user_expressions: JsonObject }
  | ({ status: "error" } & ErrorContent);

/** Shared memory: bytes of output on their way, and the answer to a blocking `prompt()`. */
export interface SharedState {
  /** [0] bytes of output posted and not yet sent, [1] 1 while main holds buffered text. */
  flow: Int32Array;
  /** [0] 1 when an answer to a blocking question has arrived. */
  answered: Int32Array;
}
