import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";
import type { Content } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("tslab");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
  await context.kernel.execute(
    "import * as tslab from 'tslab'; const bytes: Uint8Array = new Uint8Array([1, 2]);",
  );
});
test.after(async (context) => {
  await context.kernel?.stop();
});

const calls: [call: string, data: Content][] = [
  ["html('<b>x</b>')", { "text/html": "<b>x</b>" }],
  ["markdown('*x*')", { "text/markdown": "*x*" }],
  ["latex('$x$')", { "text/latex": "$x$" }],
  ["svg('<svg/>')", { "image/svg+xml": "<svg/>" }],
  ["javascript('1')", { "text/javascript": "1" }],
  ["text('x')", { "text/plain": "x" }],
  ["png(bytes)", { "image/png": "AQI=" }],
  ["jpeg(bytes)", { "image/jpeg": "AQI=" }],
  ["gif(bytes)", { "image/gif": "AQI=" }],
  ["pdf(bytes)", { "application/pdf": "AQI=" }],
  ["raw('a/b', 'x')", { "a/b": "x" }],
];

for (const [call, data] of calls) {
  test(`display.${call}`, async ({ kernel }) => {
    const { reply, messages } = await kernel.execute(`tslab.display.${call}`);
    assert.is(reply.status, "ok", reply.evalue);
    assert.equal(messages.find((each) => each.type === "display_data")?.content.data, data);
  });
}

test("newDisplay replaces what it showed", async ({ kernel }) => {
  const { messages } = await kernel.execute(
    "const d = tslab.newDisplay(); d.text('one'); d.text('two'); tslab.versions.node",
  );
  const [first, second] = messages.filter((each) => /display_data$/.test(each.type));
  assert.equal([first!.type, second!.type], ["display_data", "update_display_data"]);
  assert.is(first!.content.transient.display_id, second!.content.transient.display_id);
});

test.run();
