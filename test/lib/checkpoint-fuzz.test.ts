/** 10,000 damaged checkpoints: each is an error of ours or reads soundly; none crashes or hangs. */
import { Worker } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FuzzInput, FuzzReport } from "./checkpoint-mutate.ts";

const CASES = 10_000;
/** Long for a busy machine; a case takes about a millisecond. */
const CASE_LIMIT_MS = 20_000;

/** Runs the worker; a case that stands still for too long ends it. */
function runFuzz(): Promise<FuzzReport> {
  const progress = new SharedArrayBuffer(4);
  const input: FuzzInput = { cases: CASES, progress };
  const worker = new Worker(new URL("./checkpoint-mutate.js", import.meta.url), {
    workerData: input,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  return new Promise((resolve, reject) => {
    let last = -1;
    const watch = setInterval(() => {
      const now = Atomics.load(new Int32Array(progress), 0);
      if (now === last) {
        reject(new Error(`seed ${now} was not done after ${CASE_LIMIT_MS} ms`));
        void worker.terminate();
      }
      last = now;
    }, CASE_LIMIT_MS);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => {
      clearInterval(watch);
      reject(new Error(`the worker ended at seed ${Atomics.load(new Int32Array(progress), 0)}`));
    });
  });
}

test(`${CASES} damaged files`, async () => {
  const { failures, read, refused, same, slowestMs, mostBytes } = await runFuzz();
  console.log(
    `${refused} refused, ${read} read (${same} of those with checksums as before), ` +
      `slowest ${slowestMs.toFixed(0)} ms, most memory ${(mostBytes / 2 ** 20).toFixed(0)} MiB`,
  );
  assert.equal(failures, []);
  assert.is(read + refused, CASES);
  assert.ok(refused > CASES / 2, "damage is noticed");
  assert.ok(read > CASES / 100, "and not everything is refused");
  assert.ok(mostBytes < 2 ** 29, "no case allocates more than its limit");
});

test.run();
