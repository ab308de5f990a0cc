/** Names that come from modules: the module's path, and its exports (or the name for all of it). */
export interface Prelude {
  module: string;
  names: string[] | { namespace: string };
  /** What there is to say of its namespaces, which have no place for a doc comment. */
  about?: Record<string, string>;
}

/**
 * Declares the preloaded names for all cells. As aliases they keep their documentation; as globals
 * a cell may declare the same names for itself, and the header of a cell stays short, which every
 * check and completion pays for.
 */
export function globalAliases(preludes: Prelude[]): string {
  const imports = preludes.map(
    ({ module }, i) => `import * as m${i} from ${JSON.stringify(module)};`,
  );
  const aliases = preludes.flatMap(({ names }, i) =>
    Array.isArray(names)
      ? names.map((name) => `export import ${name} = m${i}.${name};`)
      : [`export import ${names.namespace} = m${i};`],
  );
  return [...imports, "declare global {", ...aliases, "}"].join("\n");
}

/** The types of what the kernel itself puts into every cell (see session/). */
export const CELL_GLOBALS = `
interface DisplayOptions {
  /** Names the output, so that it can be replaced later. */
  display_id?: string;
  /** Replace the output of this \`display_id\` instead of adding one. */
  update?: boolean;
  /** The value is a MIME bundle already: \`{ "text/html": "<b>hi</b>" }\`. */
  raw?: boolean;
  metadata?: Record<string, unknown>;
}

/** The name of an output and a way to replace it. */
interface DisplayHandle {
  readonly display_id: string;
  /** Replaces the output. */
  update(value: unknown, options?: { raw?: boolean }): void;
}

/**
 * Shows a value under the running cell: as a MIME bundle if it has a \`[Symbol.for("Jupyter.display")]\`
 * method, as HTML or SVG if it is an element, else as text.
 *
 * @example
 * const bar = display("0 %");
 * bar.update("100 %");
 */
declare function display(value: unknown, options?: DisplayOptions): DisplayHandle;

/** Removes the output of the running cell; with \`wait\`, only when new output arrives. */
declare function clear_output(wait?: boolean): void;

/** Asks the reader for a line of text and waits for it. null if there is no answer. */
declare function prompt(message?: string, initial?: string): string | null;

/** Asks the reader a question that is answered by y or n, and waits. */
declare function confirm(message?: string): boolean;

/** Asks the reader for a line of text; other code runs meanwhile. */
declare function input(message?: string, options?: { password?: boolean }): Promise<string>;

/** What travels with the data of a comm message. */
interface CommOptions {
  metadata?: Record<string, unknown>;
  /** Binary attachments, as widgets use them. */
  buffers?: (ArrayBuffer | ArrayBufferView)[];
}

/** A message from the front end. */
interface CommEvent {
  data: any;
  metadata: Record<string, unknown>;
  buffers: Uint8Array[];
}

/** One open line to the front end. What its handlers print belongs to the cell that opened it. */
interface Comm {
  readonly id: string;
  readonly target: string;
  /** Called with every message from the front end. */
  onmessage: ((event: CommEvent) => unknown) | undefined;
  /** Called when the front end closes the comm. */
  onclose: ((event: CommEvent) => unknown) | undefined;
  /** Sends data to the front end. */
  send(data: unknown, options?: CommOptions): void;
  /** Closes the comm on both sides. */
  close(data?: unknown, options?: CommOptions): void;
}

/**
 * Lines to the front end, as widgets use them.
 *
 * @example
 * const line = comms.open("slider", { min: 0 });
 * line.onmessage = ({ data }) => console.log(data);
 */
declare const comms: {
  /** Opens a comm to a target that the front end knows. */
  open(target: string, data?: unknown, options?: CommOptions): Comm;
  /** Lets the front end open comms of this target. */
  register(target: string, handler: (comm: Comm, event: CommEvent) => unknown): void;
};

/** The global object of Node that neither ECMAScript's types nor Node's declare. */
declare namespace WebAssembly {
  type Source = ArrayBufferView | ArrayBuffer;
  type Imports = Record<string, Record<string, unknown>>;
  class Module {
    constructor(bytes: Source);
    static exports(module: Module): { name: string; kind: string }[];
    static imports(module: Module): { module: string; name: string; kind: string }[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, any>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(descriptor: { element: string; initial: number; maximum?: number });
    readonly length: number;
    get(index: number): any;
    set(index: number, value?: any): void;
  }
  class Global {
    constructor(descriptor: { value: string; mutable?: boolean }, value?: any);
    value: any;
  }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  function compile(bytes: Source): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function instantiate(
    bytes: Source,
    imports?: Imports,
  ): Promise<{ module: Module; instance: Instance }>;
  function validate(bytes: Source): boolean;
}

/** Aborted when the running cell is interrupted: \`fetch(url, { signal: interruptSignal() })\`. */
declare function interruptSignal(): AbortSignal;
`;
