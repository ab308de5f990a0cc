import process from "node:process";

/** What an interrupted cell ends with; the name is Jupyter's. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  /** `stack`: where the user's code was, if it was running. */
  constructor(stack: string) {
    super("interrupted");
    const frames = stack.indexOf("\n    at ");
    this.stack = `KeyboardInterrupt: interrupted${frames < 0 ? "" : stack.slice(frames)}`;
  }
}

/** What `process.exit` throws in a cell: the session is the reader's, not a library's, to end. */
export class SystemExit extends Error {
  override readonly name = "SystemExit";

  constructor(code: string) {
    super(`${code} (the kernel keeps running; to end it, restart or shut it down)`);
  }
}

/**
 * Node keeps a stack of asynchronous contexts beside the JavaScript stack and aborts the process
 * when the two disagree ("async hook stack has become corrupted"). A terminated callback never
 * pops its entry, so the stack is cleared first, as Node itself does for an uncaught exception.
 */
export const clearAsyncIdStack: () => void = (() => {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  const { binding } = process as unknown as { binding(name: string): AsyncWrap };
  const wrap = binding("async_wrap");
  process.noDeprecation = noDeprecation;
  return wrap.clearAsyncIdStack;
})();

interface AsyncWrap {
  clearAsyncIdStack: () => void;
}
