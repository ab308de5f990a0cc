/**
 * `table[name]`, or an error that lists the known names and suggests the nearest one:
 * `unknown quiz: "Q06.9". Known: Q06.1, Q06.2. Did you mean "Q06.1"?`
 */
export function lookup<T>(noun: string, table: Record<string, T>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name] as T;
  throw new Error(unknown(noun, Object.keys(table), name));
}

/** The text of the error for a name that is not among the known ones. */
export function unknown(noun: string, known: string[], name: string): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(candidate, name) }))
    .sort((a, b) => a.distance - b.distance);
  const close = nearest !== undefined && nearest.distance <= Math.max(2, name.length / 3);
  const hint = close ? ` Did you mean ${JSON.stringify(nearest.candidate)}?` : "";
  const list = known.length === 0 ? "none" : known.join(", ");
  return `unknown ${noun}: ${JSON.stringify(name)}. Known: ${list}.${hint}`;
}

/** Levenshtein's distance: the fewest single-letter edits that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
