import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { contentHash, type Note } from "./notes.ts";
import { css, noteTypes } from "./notetypes.ts";

/**
 * When each note and note type last changed, in seconds. Anki replaces what it has only by what has
 * a later `mod`, and keeps what its owner wrote otherwise; so `mod` rises exactly with the content.
 */
export type Ledger = Record<string, { hash: string; mod: number }>;

export function readLedger(file: string): Ledger {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Ledger) : {};
}

/** The ledger after these notes; `now` in seconds. Notes that are gone keep their entry. */
export function updateLedger(ledger: Ledger, notes: Note[], now: number): Ledger {
  const updated: Ledger = { ...ledger };
  const types = noteTypes.map((type) => ({ name: type.name, hash: contentHash([type, css]) }));
  for (const { name, hash } of [...types, ...notes]) {
    const known = ledger[name];
    if (known?.hash === hash) continue;
    updated[name] = { hash, mod: Math.max(now, (known?.mod ?? 0) + 1) };
  }
  const sorted = Object.entries(updated).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted);
}

/** Writes the ledger if it changed. */
export function writeLedger(file: string, ledger: Ledger): void {
  const text = `${JSON.stringify(ledger, null, 2)}\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}
