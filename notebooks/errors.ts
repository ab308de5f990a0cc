/** A mistake in a chapter's source: where it is, what is known, what to do. */
export class SourceError extends Error {
  override name = "SourceError";
  constructor(
    readonly file: string,
    readonly line: number,
    readonly problem: string,
  ) {
    super(`${file}:${line}: ${problem}`);
  }
}
