/** Notebook format 4 on disk: strings as lists of lines, sorted keys, one space of indent. */

/** The parts of a notebook that the server looks at. */
export interface Notebook {
  nbformat?: number;
  cells?: Cell[];
  metadata?: Record<string, unknown>;
  [key: string]: unknown;
}

export interface Cell {
  cell_type?: string;
  metadata?: Record<string, unknown>;
  outputs?: Output[];
  [key: string]: unknown;
}

interface Output {
  output_type?: string;
  data?: Record<string, unknown>;
  [key: string]: unknown;
}

/** Reads a notebook's text; the error says what a reader can do. */
export function parseNotebook(text: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON (${(error as Error).message})`);
  }
  return joinLines(checkNotebook(value));
}

/** A notebook of format 4, or an error that says what it is instead. */
export function checkNotebook(value: unknown): Notebook {
  const notebook = (value ?? {}) as Notebook;
  if (notebook.nbformat !== 4) {
    const found = JSON.stringify(notebook.nbformat) ?? "none";
    throw new Error(
      `nbformat: ${found}. Version 4 is known; jupyter nbconvert upgrades older ones`,
    );
  }
  if (!Array.isArray(notebook.cells)) throw new Error("it has no list of cells");
  return notebook;
}

/** The text of a notebook file, as nbformat writes it, so that a save changes few lines. */
export function printNotebook(notebook: Notebook): string {
  return `${JSON.stringify(sortKeys(splitLines(notebook)), null, 1)}\n`;
}

/** Every multiline string as one string, as JupyterLab wants it. */
export function joinLines(notebook: Notebook): Notebook {
  const join = (value: unknown) =>
    Array.isArray(value) && value.every((line) => typeof line === "string")
      ? value.join("")
      : value;
  return mapText(notebook, join);
}

function splitLines(notebook: Notebook): Notebook {
  return mapText(notebook, (value) =>
    typeof value === "string" ? value.split(/(?<=\n)/).filter((line) => line !== "") : value,
  );
}

/** Applies a function to every string that the format allows to be a list of lines. */
function mapText(notebook: Notebook, change: (value: unknown) => unknown): Notebook {
  const bundle = (data: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(data).map(([type, value]) => [type, isJson(type) ? value : change(value)]),
    );
  const output = (item: Output): Output => ({
    ...item,
    ...(item.data === undefined ? {} : { data: bundle(item.data) }),
    ...(item.output_type === "stream" ? { text: change(item.text) } : {}),
  });
  const cell = (item: Cell): Cell => ({
    ...item,
    source: change(item.source),
    ...(Array.isArray(item.outputs) ? { outputs: item.outputs.map(output) } : {}),
  });
  return Array.isArray(notebook.cells)
    ? { ...notebook, cells: notebook.cells.map(cell) }
    : notebook;
}

function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

/** The same value with the keys of every object in order. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
