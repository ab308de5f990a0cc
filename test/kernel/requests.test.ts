import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel, withoutColours } from "./client.ts";
import type { Content } from "./client.ts";

/** The options of an execute_request, each as the protocol (jupyter-client, "Messaging") says. */
const test = suite<{ kernel: TestKernel }>("requests");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
});
test.after(async (context) => {
  await context.kernel?.stop();
});

/** What is shown, by how much the count goes up, and whether history remembers the cell. */
const combinations: [options: Content, shown: string[], counts: number, remembered: boolean][] = [
  [{}, ["execute_input", "stream", "execute_result"], 1, true],
  [{ store_history: true }, ["execute_input", "stream", "execute_result"], 1, true],
  [{ store_history: false }, ["execute_input", "stream", "execute_result"], 0, false],
  [{ silent: true }, [], 0, false],
  // "silent" wins: the protocol forces store_history to be false.
  [{ silent: true, store_history: true }, [], 0, false],
];

for (const [options, shown, counts, remembered] of combinations) {
  test(`${JSON.stringify(options)}`, async ({ kernel }) => {
    const mark = `mark${Math.random()}`;
    const count = async (): Promise<number> =>
      (await kernel.execute("0", { silent: true })).reply.execution_count as number;
    const before = await count();
    const run = await kernel.execute(`console.log("${mark}"); 1`, options);
    assert.equal(
      run.messages.map((each) => each.type).filter((type) => type !== "status"),
      shown,
    );
    assert.is((await count()) - before, counts);
    const request = { hist_access_type: "search", pattern: `*${mark}*` };
    const { content } = await kernel.request("history_request", request);
    assert.is(content.history.length, remembered ? 1 : 0);
  });
}

test("a silent error is in the reply and nowhere else", async ({ kernel }) => {
  const run = await kernel.execute("throw new RangeError('quiet')", { silent: true });
  assert.is(run.reply.ename, "RangeError");
  assert.equal(
    run.messages.map((each) => each.type),
    ["status", "status"],
  );
});

/** An expression, and its value's text or the error that it gives. */
const expressions: [expression: unknown, result: string | { ename: string; evalue: RegExp }][] = [
  ["1 + 1", "2"],
  ["await Promise.resolve('later')", "'later'"],
  ["const own: number = 3; own", "3"],
  ["console.log('printed'); 4", "4"],
  ["undefined", "undefined"],
  ["nowhere", { ename: "ReferenceError", evalue: /nowhere is not defined/ }],
  ["let 1x", { ename: "SyntaxError", evalue: /x/ }],
  ["throw 7", { ename: "Uncaught", evalue: /^7$/ }],
  [
    "({ [Symbol.for('Jupyter.display')]() { throw new Error('when shown') } })",
    { ename: "Error", evalue: /^when shown$/ },
  ],
  [
    "({ async [Symbol.for('Jupyter.display')]() { throw new Error('shown later') } })",
    { ename: "Error", evalue: /^shown later$/ },
  ],
  [5, "undefined"],
];

test("user_expressions: each has its value or its own error", async ({ kernel }) => {
  const user_expressions = Object.fromEntries(
    expressions.map(([expression], i) => [`e${i}`, expression]),
  );
  for (const silent of [false, true]) {
    const { reply } = await kernel.execute("0", { user_expressions, silent });
    assert.is(reply.status, "ok");
    for (const [i, [expression, expected]] of expressions.entries()) {
      const found = reply.user_expressions[`e${i}`] as Content;
      if (typeof expected === "string") {
        assert.is(found.status, "ok", `${expression}: ${found.evalue}`);
        assert.is(found.data["text/plain"], expected);
      } else {
        assert.is(found.status, "error", `${expression}`);
        assert.is(found.ename, expected.ename);
        assert.match(found.evalue, expected.evalue);
        assert.ok(Array.isArray(found.traceback));
      }
    }
  }
});

test("user_expressions are not evaluated after an error", async ({ kernel }) => {
  await kernel.execute("let evaluated = false");
  const options = { user_expressions: { e: "evaluated = true" } };
  await kernel.execute("throw new Error('before')", options);
  assert.is((await kernel.execute("evaluated")).result, "false");
});

for (const loop of ["for (;;);", "await new Promise(() => {})"]) {
  test(`the user expression ${loop} can be interrupted`, async ({ kernel }) => {
    const id = await kernel.submit("console.log('on')", { user_expressions: { loop } });
    await kernel.waitForText(id, "on");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await kernel.request("interrupt_request", {}, "control");
    await kernel.finished(id);
    assert.is((await kernel.execute("1 + 1")).result, "2");
  });
}

/** Behind a failing cell: what becomes of it and of two that wait. */
const queues: [stop_on_error: boolean, statuses: string[]][] = [
  [true, ["error", "aborted", "aborted"]],
  [false, ["error", "ok", "ok"]],
];

for (const [stop_on_error, statuses] of queues) {
  test(`stop_on_error: ${stop_on_error}`, async ({ kernel }) => {
    const cells = ["throw new Error('first')", "2", "3"];
    const ids = await Promise.all(cells.map((code) => kernel.submit(code, { stop_on_error })));
    const runs = await Promise.all(ids.map((id) => kernel.finished(id)));
    assert.equal(
      runs.map((run) => run.reply.status as string),
      statuses,
    );
    // An aborted cell shows nothing but that it was looked at.
    const aborted = runs.filter((run) => run.reply.status === "aborted");
    for (const { messages } of aborted) {
      assert.equal(
        messages.map((each) => each.content.execution_state),
        ["busy", "idle"],
      );
    }
    assert.is((await kernel.execute("4")).result, "4", "what comes later runs");
  });
}

const helps: [source: string, text: RegExp, source_too: boolean][] = [
  ["tensor?", /^function tensor\(values: Values/, false],
  ["?tensor", /^function tensor\(values: Values/, false],
  [" Math.max? ", /^\(method\) Math.max/, false],
  ["own??", /Source:\nfunction own\(a: number\) \{\n {2}return a;\n\}/, true],
  ["??own", /Source:\nfunction own/, true],
  ["SGD??", /Source \(.*sgd\.js:\d+\):\nexport class SGD extends/, true],
  ["nobody?", /^nobody: not known$/, false],
];

test("name? and name?? open the pager with what TypeScript knows", async ({ kernel }) => {
  await kernel.execute("/** Mine. */\nfunction own(a: number) {\n  return a;\n}");
  for (const [source, text, source_too] of helps) {
    const verdict = await kernel.request("is_complete_request", { code: source });
    assert.is(verdict.content.status, "complete", source);
    const { reply, messages } = await kernel.execute(source);
    assert.is(reply.status, "ok", source);
    const [page] = reply.payload as Content[];
    assert.is(page!.source, "page");
    assert.match(withoutColours(page!.data["text/plain"]), text);
    assert.is(/^Source/m.test(page!.data["text/plain"]), source_too, source);
    assert.not(messages.some((each) => each.type === "execute_result"));
  }
});

test.run();
