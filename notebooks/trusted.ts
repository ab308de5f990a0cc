import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { notebookDigest } from "../lab/server/trust.ts";
import { fromRoot } from "../root.ts";

const LIST = fromRoot("notebooks", "trusted.json");

/**
 * Digests of the notebooks exactly as the book ships them. The lab trusts these, scripts included;
 * a notebook that anybody changed or added has to earn its trust like any other.
 */
export function bookDigests(): Set<string> {
  if (!existsSync(LIST)) return new Set();
  return new Set(Object.values(JSON.parse(readFileSync(LIST, "utf8")) as Record<string, string>));
}

/** Notebook path -> digest, for the notebooks as they are now. */
export function currentDigests(): Record<string, string> {
  const paths = ["zh", "en"].flatMap((lang) =>
    readdirSync(fromRoot("notebooks", lang))
      .filter((name) => name.endsWith(".ipynb"))
      .sort()
      .map((name) => `${lang}/${name}`),
  );
  const digest = (path: string) =>
    notebookDigest(JSON.parse(readFileSync(fromRoot("notebooks", path), "utf8")));
  return Object.fromEntries(paths.map((path) => [path, digest(path)]));
}

/** Writes the list, the last step of building the book. */
export function writeDigests(): void {
  writeFileSync(LIST, `${JSON.stringify(currentDigests(), null, 2)}\n`);
}
