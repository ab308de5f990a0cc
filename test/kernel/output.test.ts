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

test.run();
