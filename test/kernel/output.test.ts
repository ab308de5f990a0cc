import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Subscriber } from "zeromq";
import { TestKernel } from "./client.ts";

/** Much output, slow readers, and output that does not go through `console`. */
const test = suite("output");

test("output that somebody does not read neither fills the memory nor stops the kernel", async () => {
  const kernel = await TestKernel.start({ env: { DOWNHILL_TYPECHECK: "off" } });
  const deaf = new Subscriber();
  deaf.connect(`tcp://127.0.0.1:${kernel.ports.iopub}`);
  deaf.subscribe();
  try {
    await kernel.wait("its subscription", (each) => each.type === "iopub_welcome");
    // 200 MB; what does not wait for room holds all of it twice.
    const run = await kernel.execute(
      "const line = 'x'.repeat(1e5); let top = 0;" +
        "for (let i = 0; i < 2000; i++) { console.log(line); top = Math.max(top, process.memoryUsage.rss()) }" +
        "Math.round(top / 2 ** 20)",
    );
    assert.ok(Number(run.result) < 330, `${run.result} MiB`);
    assert.is(run.stdout.length, 2000 * 100_001, "who reads gets all of it");
  } finally {
    deaf.close();
    await kernel.stop();
  }
});

/** Ways to write that pass by `console` and by the two streams. */
const writes: [source: string, stdout: string, stderr: string][] = [
  ["import { writeSync } from 'node:fs'; writeSync(1, '数😀\\n')", "数😀\n", ""],
  ["require('fs').writeSync(process.stderr.fd, Buffer.from('error'), 1, 3)", "", "rro"],
  ["require('fs').writeSync(1, new Uint8Array([104, 105]), { offset: 1 })", "i", ""],
  ["await new Promise((r) => require('fs').write(1, 'later', r))", "later", ""],
  [
    "const fs = require('fs'); const fd = fs.openSync('own.txt', 'w'); fs.writeSync(fd, 'mine');" +
      "await new Promise((r) => fs.write(fd, 'more', r)); fs.closeSync(fd); console.log(fs.readFileSync('own.txt', 'utf8'))",
    "minemore\n",
    "",
  ],
  ["process.stdout.write('a'); process.stdout.end('b'); console.log('c')", "abc\n", ""],
];

test("what is written to the descriptors is shown as well", async () => {
  const kernel = await TestKernel.start({ env: { DOWNHILL_TYPECHECK: "off" } });
  try {
    for (const [source, stdout, stderr] of writes) {
      const run = await kernel.execute(source);
      assert.is(run.reply.status, "ok", run.reply.evalue);
      assert.is(run.stdout, stdout, source);
      assert.is(run.stderr, stderr, source);
    }
  } finally {
    await kernel.stop();
  }
});

test.run();
