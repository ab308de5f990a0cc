/**
 * A file that cannot be read or a value that cannot be saved. The message says what is wrong,
 * where, and what to do; nothing was read halfway, run, or overwritten.
 */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}
