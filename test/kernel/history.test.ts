import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";
import type { Content } from "./client.ts";

const test = suite<{ folder: string; kernel: TestKernel }>("history");

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), "downhill-history-"));
  const env = { DOWNHILL_HISTORY: context.folder };
  const earlier = await TestKernel.start({ env });
  for (const code of ["const old = 1", "old + 1", "'äöü 数'"]) await earlier.execute(code);
  await earlier.request("shutdown_request", { restart: false }, "control");
  await earlier.stop();
  context.kernel = await TestKernel.start({ env });
  for (const code of ["1", "2\n+ 2", "1", "console.log('x')"]) await context.kernel.execute(code);
  await context.kernel.execute("'quiet'", { silent: true });
  await context.kernel.execute("'unstored'", { store_history: false });
  await context.kernel.execute("'quiet all the same'", { silent: true, store_history: true });
});
test.after(async (context) => {
  await context.kernel?.stop();
  rmSync(context.folder, { recursive: true });
});

const requests: [what: string, request: Content, lines: string[]][] = [
  ["tail", { hist_access_type: "tail", n: 2 }, ["2/3 1", "2/4 console.log('x')"]],
  [
    "tail reaches into earlier sessions",
    { hist_access_type: "tail", n: 6 },
    ["1/2 old + 1", "1/3 'äöü 数'", "2/1 1", "2/2 2\n+ 2", "2/3 1", "2/4 console.log('x')"],
  ],
  [
    "range of this session",
    { hist_access_type: "range", session: 0, start: 2, stop: 4 },
    ["2/2 2\n+ 2", "2/3 1"],
  ],
  [
    "range of the one before",
    { hist_access_type: "range", session: -1, start: 1, stop: 2 },
    ["1/1 const old = 1"],
  ],
  [
    "range of a numbered session",
    { hist_access_type: "range", session: 1, start: 3 },
    ["1/3 'äöü 数'"],
  ],
  [
    "search",
    { hist_access_type: "search", pattern: "*old*" },
    ["1/1 const old = 1", "1/2 old + 1"],
  ],
  ["search over lines", { hist_access_type: "search", pattern: "2*2" }, ["2/2 2\n+ 2"]],
  [
    "search is literal but for * and ?",
    { hist_access_type: "search", pattern: "console.log('?')" },
    ["2/4 console.log('x')"],
  ],
  ["search, all", { hist_access_type: "search", pattern: "1" }, ["2/1 1", "2/3 1"]],
  ["search, unique", { hist_access_type: "search", pattern: "1", unique: true }, ["2/3 1"]],
  ["search, the last n", { hist_access_type: "search", pattern: "*1*", n: 1 }, ["2/3 1"]],
];

for (const [what, request, lines] of requests) {
  test(what, async ({ kernel }) => {
    const { content } = await kernel.request("history_request", {
      raw: true,
      output: false,
      ...request,
    });
    assert.is(content.status, "ok");
    assert.equal(
      content.history.map(([s, l, text]: string[]) => `${s}/${l} ${text}`),
      lines,
    );
  });
}

test("with output, each input comes with what it returned", async ({ kernel }) => {
  const request = { hist_access_type: "tail", n: 5, output: true, raw: true };
  const { content } = await kernel.request("history_request", request);
  assert.equal(content.history, [
    [1, 3, ["'äöü 数'", "'äöü 数'"]],
    [2, 1, ["1", "1"]],
    [2, 2, ["2\n+ 2", "4"]],
    [2, 3, ["1", "1"]],
    [2, 4, ["console.log('x')", null]],
  ]);
});

test("several kernels write at once, each to its own session", async ({ folder, kernel }) => {
  const env = { DOWNHILL_HISTORY: folder };
  const kernels = await Promise.all([1, 2].map(() => TestKernel.start({ env })));
  await Promise.all(
    kernels.map(async (each) => {
      for (let i = 0; i < 20; i++) await each.execute(`'together ${i}'`);
    }),
  );
  for (const each of kernels) {
    await each.request("history_request", { hist_access_type: "tail", n: 1 });
    await each.stop();
  }
  const request = { hist_access_type: "search", pattern: "'together*" };
  const { content } = await kernel.request("history_request", request);
  const sessions = content.history.map(([session]: [number]) => session) as number[];
  assert.is(sessions.length, 40);
  assert.is(new Set(sessions).size, 2);
});

for (const [end, last] of [
  [
    "whose reply to shutdown is the last it does",
    (kernel: TestKernel) => kernel.request("shutdown_request", { restart: false }, "control"),
  ],
  ["that is killed a moment after its last cell", () => setTimeout(500)],
] as const) {
  test(`no cell is lost of a kernel ${end}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "downhill-history-"));
    const env = { DOWNHILL_HISTORY: folder };
    try {
      const ended = await TestKernel.start({ env });
      for (const code of ["1", "2", "3"]) await ended.execute(code);
      await last(ended);
      await ended.stop();
      const next = await TestKernel.start({ env });
      const request = { hist_access_type: "tail", n: 3, output: true };
      const { content } = await next.request("history_request", request);
      await next.stop();
      const cells = ["1", "2", "3"].map((code, i) => [1, i + 1, [code, code]]);
      assert.equal(content.history, cells);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

// Making the second once never ended, and with it the kernel.
for (const folder of ["/dev/null/history", "/proc/nowhere/history"]) {
  test(`a folder that cannot be written is no obstacle: ${folder}`, async () => {
    const kernel = await TestKernel.start({ env: { DOWNHILL_HISTORY: folder } });
    try {
      await kernel.execute("3 + 4");
      const request = { hist_access_type: "tail", n: 5, output: true };
      const { content } = await kernel.request("history_request", request);
      assert.equal(content.history, [[1, 1, ["3 + 4", "7"]]]);
    } finally {
      await kernel.stop();
    }
  });
}

test.run();
