import type { CurrentCell } from "../language.ts";
import { readable } from "./diagnostics.ts";
import { CELLS } from "./documents.ts";
import { offsetAt } from "./positions.ts";
import type { Position, Range } from "./positions.ts";

export interface Match {
  text: string;
  /** One of JupyterLab's kinds: function, class, property, instance, module, keyword ... */
  type: string;
  /** The type of the thing, as TypeScript prints it. */
  signature?: string;
}

/** `start` and `end` are UTF-16 offsets in the cell. */
export interface Completion {
  matches: Match[];
  start: number;
  end: number;
}

interface LspItem {
  label: string;
  kind?: number;
  sortText?: string;
  filterText?: string;
  insertText?: string;
  textEdit?: { newText: string; range?: Range; insert?: Range };
  detail?: string;
  data?: { autoImport?: unknown };
}

interface LspList {
  items: LspItem[];
  itemDefaults?: { editRange?: Range | { insert: Range }; data?: object };
}

/** For so many matches their types are fetched, a millisecond each. */
const DETAILED = 30;

/** LSP's CompletionItemKind to the words JupyterLab has icons for. */
const KINDS: Record<number, string> = {
  1: "text",
  2: "method",
  3: "function",
  4: "function",
  5: "property",
  6: "instance",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  13: "enum",
  14: "keyword",
  17: "path",
  19: "path",
  20: "property",
  21: "instance",
  25: "type",
};

export async function complete(cell: CurrentCell, at: Position): Promise<Completion | undefined> {
  const { server, uri, offset, source } = cell;
  const list = await server.request<LspList | null>("textDocument/completion", {
    textDocument: { uri },
    position: { line: at.line + offset, character: at.character },
    context: { triggerKind: 1 },
  });
  if (list === null) return undefined;
  const end = offsetAt(source, at);
  const start = replacedFrom(list, source, end, offset);
  const prefix = source.slice(start, end);
  const items = list.items
    .filter((item) => !item.data?.autoImport && textOf(item).startsWith(prefix))
    .filter(({ label }) => label !== CELLS)
    .sort(bySortText);
  const matches = items.map((item) => ({
    text: textOf(item),
    type: KINDS[item.kind ?? 1] ?? "instance",
  }));
  if (items.length <= DETAILED) await addDetails(cell, list, items, matches);
  return { matches: unique(matches), start, end };
}

async function addDetails(
  { server }: CurrentCell,
  list: LspList,
  items: LspItem[],
  matches: Match[],
): Promise<void> {
  const data = list.itemDefaults?.data;
  const details = await Promise.all(
    items.map((item) => server.request<LspItem>("completionItem/resolve", { data, ...item })),
  );
  details.forEach(({ detail }, index) => {
    if (detail === undefined) return;
    const signature = readable(detail);
    matches[index]!.signature = shortened(signature);
    matches[index]!.type = kindOf(signature) ?? matches[index]!.type;
  });
}

/** The first of many overloads, as much of it as fits beside a name. */
function shortened(detail: string): string {
  const overload = detail.split(/\n(?=\S)/)[0]!.replace(/\s+/g, " ");
  return overload.length > 200 ? `${overload.slice(0, 200)}...` : overload;
}

/** What a detail such as `class SGD` or `(method) add(...)` says about the kind. */
function kindOf(detail: string): string | undefined {
  const [, word] =
    /^\(?(class|function|method|property|interface|type|enum|namespace|module)\b/.exec(detail) ??
    [];
  return word === "namespace" ? "module" : word;
}

function textOf(item: LspItem): string {
  return item.textEdit?.newText ?? item.insertText ?? item.filterText ?? item.label;
}

/** Where the replaced text begins: as the server says, else at the start of the identifier. */
function replacedFrom(list: LspList, source: string, end: number, offset: number): number {
  const common = list.itemDefaults?.editRange;
  // Where most items share a range, some have one of their own, to turn `.` into `?.` or `[`.
  const edit = common ? undefined : list.items.find((item) => item.textEdit)?.textEdit;
  const range =
    common && "insert" in common ? common.insert : (common ?? edit?.insert ?? edit?.range);
  if (range) return offsetAt(source, { ...range.start, line: range.start.line - offset });
  return end - /[\p{ID_Continue}$#]*$/u.exec(source.slice(0, end))![0].length;
}

function bySortText(a: LspItem, b: LspItem): number {
  return compare(a.sortText ?? a.label, b.sortText ?? b.label) || compare(a.label, b.label);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unique(matches: Match[]): Match[] {
  const seen = new Set<string>();
  return matches.filter(({ text }) => !seen.has(text) && seen.add(text));
}
