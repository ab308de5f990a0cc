/**
 * The text of an error about a name that is not known.
 *
 * @example
 * unknown("name", "lrr", ["lr", "g"]) // 'unknown name: "lrr". Known: lr, g. Did you mean "lr"?'
 */
export function unknown(kind: string, name: string, known: readonly string[], at = ""): string {
  const near = nearest(name, known);
  const guess = near === undefined ? "" : ` Did you mean "${near}"?`;
  const list = known.length === 0 ? "none" : known.join(", ");
  return `unknown ${kind}: "${name}"${at}. Known: ${list}.${guess}`;
}

/** The known name that needs the fewest changes, if a typing error explains the difference. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, changes: distance(name, candidate) }))
    .sort((a, b) => a.changes - b.changes);
  const best = ranked[0];
  return best && best.changes <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[b.length]!;
}
