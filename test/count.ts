export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Reads what uvu printed, for each suite of a file. Its total is without the skipped. */
export function count(output: string, code: number | null): Counts {
  const sum = (label: string) =>
    [...output.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)`, "gm"))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  const [total, passed, skipped] = [sum("Total"), sum("Passed"), sum("Skipped")];
  const failed = total - passed;
  const broken = total + skipped === 0 || (code !== 0 && failed === 0);
  return { passed, skipped, failed: broken ? failed + 1 : failed };
}
