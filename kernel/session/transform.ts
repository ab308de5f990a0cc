import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { Message, TransformOptions } from "esbuild";
import { CELL } from "../bridge.ts";
import { moduleFile } from "./module-cell.ts";
import { rewrite } from "./rewrite.ts";
import type { Rewritten } from "./rewrite.ts";

/** A cell ready to run: its TypeScript, the JavaScript made from it, and the way back. */
export interface Cell {
  /** The script's name in stack traces: `In[3]`. Unique in a session. */
  name: string;
  source: string;
  code: string;
  /** Source maps from the code back to the source, to be followed one after the other. */
  maps: string[];
  /** Whether it says something that only TypeScript can say. */
  typescript: boolean;
  /** Names declared by `let` and `var`; they can be assigned by later cells. */
  variables: string[];
  /** TypeScript has found no error in it. */
  checked?: boolean;
  /** The cell is this file beside the notebook (see module-cell.ts). */
  module?: string;
}

/** What the cells of a session have in common. */
export interface Dialect {
  /** The built-in names that cells have declared for themselves. */
  shadowed: Set<string>;
  /** TypeScript's decorators from before the standard, as in tsconfig.json. */
  experimentalDecorators: boolean;
}

/** A cell that does not parse. `line` is 1-based, `column` 0-based in UTF-16 units. */
export class CellSyntaxError extends Error {
  override readonly name = "SyntaxError";
  readonly line: number;
  readonly column: number;
  readonly length: number;

  constructor(text: string, line: number, column: number, length: number) {
    super(text);
    this.line = line;
    this.column = column;
    this.length = length;
  }
}

const OPTIONS: TransformOptions = {
  loader: "ts",
  // No `format`: with "esm" a cell that says `this` or `exports` would be wrapped as CommonJS.
  // Not esnext: Node 20 parses neither `using` nor decorators.
  target: "node20",
  charset: "utf8",
  sourcemap: "external",
  sourcesContent: false,
  logLevel: "silent",
};

const optionsFor = ({ experimentalDecorators }: Dialect): TransformOptions => ({
  ...OPTIONS,
  tsconfigRaw: {
    compilerOptions: {
      // An import that only a later cell uses must not be dropped.
      verbatimModuleSyntax: true,
      useDefineForClassFields: true,
      experimentalDecorators,
    },
  },
});

const STANDARD: Dialect = { shadowed: new Set(), experimentalDecorators: false };

/**
 * TypeScript to the JavaScript that the session evaluates. A cell that is JavaScript already is
 * not transpiled: every name and every column stays what it was. Throws {@link CellSyntaxError}.
 */
export async function compileCell(source: string, name: string, dialect: Dialect): Promise<Cell> {
  const { shadowed } = dialect;
  const file = moduleFile(source);
  if (file !== undefined) return moduleCell(source, name, file);
  const javascript = (await holdsTypeArguments(source))
    ? undefined
    : rewriteIfJavaScript(source, name, shadowed);
  if (javascript) return { name, source, ...javascript, typescript: false };
  const transpiled = await transpile(source, name, optionsFor(dialect));
  try {
    const { code, maps, variables } = rewrite(transpiled.code, name, shadowed);
    return {
      name,
      source,
      code,
      maps: [...maps, transpiled.map],
      typescript: true,
      variables,
    };
  } catch (error) {
    throw earlyError(error as AcornError, transpiled.map);
  }
}

async function moduleCell(source: string, name: string, module: string): Promise<Cell> {
  await transpile(source, name, { loader: module.endsWith("x") ? "tsx" : "ts" });
  const code = `await ${CELL}.module(${JSON.stringify(module)}, ${JSON.stringify(source)});\n;void 0`;
  return { name, source, code, maps: [], typescript: true, variables: [], module };
}

function rewriteIfJavaScript(
  source: string,
  name: string,
  shadowed: Set<string>,
): Rewritten | undefined {
  try {
    return rewrite(source, name, shadowed);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * `id<number>(5)` is a call in TypeScript and two comparisons in JavaScript: both parse. TypeScript's
 * reading counts, as in a file; the two readings print different code.
 */
async function holdsTypeArguments(source: string): Promise<boolean> {
  if (!/<[^]*[^=]>\s*[(`]/.test(source)) return false;
  const { transform } = await import("esbuild");
  const print = (loader: "js" | "ts"): Promise<string> =>
    transform(source, { ...optionsFor(STANDARD), sourcemap: false, loader }).then(
      ({ code }) => code,
      () => "",
    );
  return (await print("js")) !== (await print("ts"));
}

/** What esbuild lets pass and a module must not hold, as `with` or a label without its loop. */
function earlyError(error: AcornError, map: string): Error {
  if (!("loc" in error)) return error;
  const { line, column } = originalPositionFor(new TraceMap(map), error.loc);
  const text = error.message.replace(/ \(\d+:\d+\)$/, "");
  return new CellSyntaxError(text, line ?? 1, column ?? 0, 1);
}

type AcornError = Error & { loc: { line: number; column: number } };

/** TypeScript to JavaScript. Throws {@link CellSyntaxError}. */
export async function transpile(
  source: string,
  name: string,
  options: TransformOptions = optionsFor(STANDARD),
): Promise<{ code: string; map: string }> {
  const { transform } = await import("esbuild");
  try {
    return await transform(source, { ...OPTIONS, ...options, sourcefile: name });
  } catch (error) {
    const [first] = (error as { errors?: Message[] }).errors ?? [];
    if (first === undefined) throw error;
    const eager = withoutDefer(source, first);
    if (eager !== undefined) return transpile(eager, name);
    throw syntaxError(first);
  }
}

/** Node cannot defer a module; `import defer * as x` of TypeScript 5.9 loads it at once. */
function withoutDefer(source: string, { text, location }: Message): string | undefined {
  if (location === null || !text.startsWith("Deferred imports are not available")) return undefined;
  const lines = source.split("\n");
  const line = Buffer.from(lines[location.line - 1]!);
  line.fill(" ", location.column, location.column + location.length);
  lines[location.line - 1] = line.toString();
  return lines.join("\n");
}

function syntaxError({ text, location }: Message): CellSyntaxError {
  if (location === null) return new CellSyntaxError(text, 1, 0, 0);
  // esbuild counts columns in UTF-8 bytes.
  const bytes = Buffer.from(location.lineText);
  const column = bytes.subarray(0, location.column).toString().length;
  const token = bytes.subarray(location.column, location.column + location.length).toString();
  return new CellSyntaxError(text, location.line, column, token.length);
}
