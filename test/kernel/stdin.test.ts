import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";
import type { Execution } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("stdin");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
});
test.after(async (context) => {
  await context.kernel?.stop();
});

/** Runs a cell that asks, answers its questions in order, and returns the questions too. */
async function converse(
  kernel: TestKernel,
  source: string,
  answers: string[],
): Promise<Execution & { asked: { prompt: string; password: boolean }[] }> {
  const id = await kernel.submit(source, { allow_stdin: true });
  const asked: { prompt: string; password: boolean }[] = [];
  for (const value of answers) {
    const count = asked.length;
    const requests = () =>
      kernel.all.filter((each) => each.type === "input_request" && each.parent === id);
    await kernel.wait("input_request", () => requests().length > count);
    const request = requests()[count]!;
    asked.push(request.content as (typeof asked)[number]);
    await kernel.send("input_reply", { value }, "stdin", [], request.header);
  }
  return { ...(await kernel.finished(id)), asked };
}

const dialogs: [source: string, answers: string[], prompt: string, result: string][] = [
  ["prompt('Name?')", ["Ada"], "Name? ", "'Ada'"],
  ["prompt('Name?', 'Bob')", [""], "Name? [Bob] ", "'Bob'"],
  ["prompt()", ["数😀"], "", "'数😀'"],
  ["confirm('Sure?')", ["y"], "Sure? [y/N] ", "true"],
  ["confirm('Sure?')", ["no"], "Sure? [y/N] ", "false"],
  ["await input('Name?')", ["Eve"], "Name?", "'Eve'"],
  ["[prompt('a'), prompt('b')].join()", ["1", "2"], "a ", "'1,2'"],
  ["(await Promise.all([input('a'), input('b')])).join()", ["1", "2"], "a", "'1,2'"],
];

for (const [source, answers, prompt, result] of dialogs) {
  test(source, async ({ kernel }) => {
    const run = await converse(kernel, source, answers);
    assert.is(run.asked[0]?.prompt, prompt);
    assert.is(run.result, result, JSON.stringify(run.reply));
  });
}

test("a password is asked for as one", async ({ kernel }) => {
  const run = await converse(kernel, "await input('Key', { password: true })", ["s"]);
  assert.is(run.asked[0]?.password, true);
});

test("what was printed comes before the question", async ({ kernel }) => {
  const { id } = await converse(kernel, "process.stdout.write('Hello. '); prompt('Name?')", ["x"]);
  const mine = kernel.all.filter((each) => each.parent === id);
  const types = mine.map((each) => each.type);
  assert.ok(types.indexOf("stream") < types.indexOf("input_request"));
});

test("a front end that cannot ask gets an error", async ({ kernel }) => {
  for (const source of ["prompt('a')", "confirm('a')", "await input('a')"]) {
    const { reply } = await kernel.execute(source);
    assert.is(reply.ename, "StdinNotImplementedError");
    assert.is(reply.evalue, "input: not possible, this front end cannot ask (allow_stdin)");
  }
});

test("a cell that has ended cannot ask", async ({ kernel }) => {
  const source = "setTimeout(() => input('a').catch((e) => console.log(String(e))), 20); 0";
  const id = await kernel.submit(source, { allow_stdin: true });
  await kernel.finished(id);
  await kernel.waitForText(id, "StdinNotImplementedError: input: not possible, its cell has ended");
});

for (const source of ["prompt('Wait')", "await input('Wait')"]) {
  test(`${source} can be interrupted, and a late answer is nobody's`, async ({ kernel }) => {
    const id = await kernel.submit(source, { allow_stdin: true });
    const request = await kernel.wait(
      "input_request",
      (each) => each.type === "input_request" && each.parent === id,
    );
    await kernel.request("interrupt_request", {}, "control");
    assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
    await kernel.send("input_reply", { value: "late" }, "stdin", [], request.header);
    const next = await converse(kernel, "prompt('Again')", ["now"]);
    assert.is(next.result, "'now'");
  });
}

test.run();
