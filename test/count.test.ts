/** The last line of `npm test` is what everybody reads: it must not say less than what failed. */
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../root.ts";
import { count, type Counts } from "./count.ts";

const files: Record<string, [source: string, counts: Counts]> = {
  "one passes": ["test('a', () => {}); test.run();", { passed: 1, failed: 0, skipped: 0 }],
  // Two skipped tests once made up for two that failed.
  "one fails, two are skipped": [
    "test('a', () => {}); test('b', () => { throw 1; }); test.skip('c'); test.skip('d'); test.run();",
    { passed: 1, failed: 1, skipped: 2 },
  ],
  "all are skipped": ["test.skip('a'); test.run();", { passed: 0, failed: 0, skipped: 1 }],
  "two suites": [
    "test('a', () => {}); test.run(); const b = suite(); b('b', () => {}); b.run();",
    { passed: 2, failed: 0, skipped: 0 },
  ],
  "run is forgotten": ["test('a', () => {});", { passed: 0, failed: 1, skipped: 0 }],
  "it ends in the middle": [
    "test('a', () => process.exit(3)); test.run();",
    { passed: 0, failed: 1, skipped: 0 },
  ],
};

for (const [name, [source, counts]] of Object.entries(files)) {
  test(`a file where ${name}`, () => {
    const script = `import { suite, test } from "uvu"; ${source}`;
    const args = ["--input-type=module", "-e", script];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    assert.equal(count(stdout, status), counts);
  });
}

test.run();
