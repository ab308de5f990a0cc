import { inspect } from "node:util";

const MAX_ROWS = 100;
const MAX_COLUMNS = 30;
const MAX_TEXT = 200;

type Row = Record<string, unknown>;

/** An array of plain records as an HTML table; undefined for everything else. */
export function tableOf(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord)) return undefined;
  const rows = value.slice(0, MAX_ROWS);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0 || columns.length > MAX_COLUMNS) return undefined;
  const head = columns.map((name) => `<th>${escapeHtml(name)}</th>`).join("");
  const body = rows.map((row, index) => {
    const cells = columns.map((name) => `<td>${name in row ? cellText(row[name]) : ""}</td>`);
    return `<tr><th>${index}</th>${cells.join("")}</tr>`;
  });
  const more = value.length - rows.length;
  const note = more > 0 ? `<p>${more} more rows</p>` : "";
  return (
    `<table><thead><tr><th></th>${head}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table>${note}`
  );
}

function isRecord(value: unknown): value is Row {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function cellText(value: unknown): string {
  const text =
    typeof value === "string" ? value : inspect(value, { depth: 1, breakLength: Infinity });
  return escapeHtml(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}
