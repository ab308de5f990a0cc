import type { Note } from "./notes.ts";

/** The notes as a text file for Anki's own import, and for every other program. */
export function writeTsv(notes: Note[]): string {
  const fields = Math.max(...notes.map((note) => note.fields.length));
  const head = [
    "#separator:tab",
    "#html:true",
    "#guid column:1",
    "#notetype column:2",
    "#deck column:3",
    `#tags column:${4 + fields}`,
  ];
  const rows = notes.map(({ guid, type, deck, fields, tags }) =>
    [guid, type.name, deck, ...fields, tags.join(" ")].map(quoted).join("\t"),
  );
  return `${[...head, ...rows].join("\n")}\n`;
}

/** In quotes where a cell contains what separates cells, or begins like a comment. */
function quoted(cell: string): string {
  return /["\t\n\r]|^#/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
