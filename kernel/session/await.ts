import { currentRun } from "./run.ts";

/** What every `await` of a cell passes through, so that an interrupt can end it. */
export { awaitInterruptibly as await, iterate, resume, resumeEach };

/** At the top of a cell: an interrupt rejects the `await`, so that `finally` blocks run. */
function awaitInterruptibly(value: unknown): unknown {
  const run = currentRun.getStore();
  if (run === undefined || !isThenable(value)) return value;
  if (run.ended) return new Promise(() => {});
  return new Promise((resolve, reject) => {
    run.awaiting.add(reject);
    const forget = (): boolean => run.awaiting.delete(reject);
    Promise.resolve(value).then(resolve, reject).finally(forget);
  });
}

/** Inside a function: as it is, unless its run was interrupted; then it sleeps forever. */
function resume(value: unknown): unknown {
  const run = currentRun.getStore();
  return run?.abort.signal.aborted && run.ended ? new Promise(() => {}) : value;
}

/** `for await` at the top of a cell. */
function iterate(values: Values): AsyncIterable<unknown> {
  return eachThrough(values, awaitInterruptibly);
}

/** `for await` inside a function. */
function resumeEach(values: Values): AsyncIterable<unknown> {
  return eachThrough(values, resume);
}

type Values = AsyncIterable<unknown> | Iterable<unknown>;

function eachThrough(values: Values, pass: (value: unknown) => unknown): AsyncIterable<unknown> {
  const asynchronous = Symbol.asyncIterator in values;
  const iterator = asynchronous ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
  const settled = async (result: IteratorResult<unknown>): Promise<IteratorResult<unknown>> =>
    asynchronous || result.done ? result : { done: false, value: await pass(result.value) };
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => settled((await pass(iterator.next())) as IteratorResult<unknown>),
      return: async (value) => (await iterator.return?.(value)) ?? { done: true, value },
    }),
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  const thing = value as { then?: unknown } | null | undefined;
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof thing!.then === "function"
  );
}
