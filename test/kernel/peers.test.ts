import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";

/**
 * What other kernels get wrong, one test for each: tslab 1.0, Deno's kernel, ipykernel. Bugs with a
 * number are theirs: github.com/yunabe/tslab, github.com/denoland/deno.
 */
const test = suite<{ kernel: TestKernel }>("peers");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
});
test.after(async (context) => {
  await context.kernel?.stop();
});

test("tslab: a function does not see what a later cell assigns", async ({ kernel }) => {
  await kernel.execute("let cnt = 0; function inc() { cnt += 1; return cnt }");
  assert.is((await kernel.execute("cnt = 100; inc()")).result, "101");
  assert.is((await kernel.execute("cnt")).result, "101");
});

test("tslab: await before a parenthesis is taken for a call", async ({ kernel }) => {
  assert.is((await kernel.execute("await (Promise.resolve(7))")).result, "7");
});

test("tslab: what is sent soon after an error is dropped", async ({ kernel }) => {
  await kernel.execute("throw new Error('now')");
  assert.is((await kernel.execute("'not dropped'")).result, "'not dropped'");
});

test("tslab: results are printed text, errors lines of stderr", async ({ kernel }) => {
  const value = await kernel.execute("6 * 7");
  assert.equal(value.messages.map((each) => each.type).slice(1, -1), [
    "execute_input",
    "execute_result",
  ]);
  const failure = await kernel.execute("JSON.parse('{')");
  assert.is(failure.stderr, "");
  const error = failure.messages.find((each) => each.type === "error");
  assert.is(error?.content.ename, "SyntaxError");
});

test("tslab: kernel_info tells a version that the package never had", async ({ kernel }) => {
  const { content } = await kernel.request("kernel_info_request", {});
  assert.is.not(content.implementation_version, "1.0.0");
});

test("tslab: the control channel waits for the running cell", async ({ kernel }) => {
  const id = await kernel.submit("console.log('on'); for (;;);");
  await kernel.waitForText(id, "on");
  await kernel.request("kernel_info_request", {}, "control");
  await kernel.request("interrupt_request", {}, "control");
  assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
});

test("tslab, Deno: a loop after an await cannot be interrupted", async ({ kernel }) => {
  const id = await kernel.submit("await 0; console.log('on'); for (;;);");
  await kernel.waitForText(id, "on");
  await kernel.request("interrupt_request", {}, "control");
  assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
});

test("Deno 24491: an interrupt ends the session and its variables", async ({ kernel }) => {
  await kernel.execute("var server = 'foo'");
  const id = await kernel.submit("console.log('on'); await new Promise(() => {})");
  await kernel.waitForText(id, "on");
  await kernel.request("interrupt_request", {}, "control");
  await kernel.finished(id);
  assert.is((await kernel.execute("server")).result, "'foo'");
});

test("Deno 20524: type errors are not shown", async ({ kernel }) => {
  const { reply } = await kernel.execute("const n: number = 'text'");
  assert.match(reply.evalue, /TS2322/);
});

test("Deno: an error is answered as ok", async ({ kernel }) => {
  const { reply } = await kernel.execute("throw new RangeError('r')");
  assert.is(reply.status, "error");
  assert.is(reply.ename, "RangeError");
});

test("Deno: a cursor behind an emoji is in the wrong place", async ({ kernel }) => {
  const code = "'😀'; [].leng";
  const cursor_pos = [...code].length;
  const { content } = await kernel.request("complete_request", { code, cursor_pos });
  assert.equal(content.matches, ["length"]);
  assert.is(content.cursor_start, cursor_pos - "leng".length);
  assert.is(content.cursor_end, cursor_pos);
});

test("Deno: messages with a wrong signature are taken", async ({ kernel }) => {
  kernel.stderr = "";
  const header = JSON.stringify({ msg_id: "forged", msg_type: "kernel_info_request" });
  await kernel.sendRaw(["<IDS|MSG>", "0".repeat(64), header, "{}", "{}", "{}"]);
  await kernel.waitForLog(/bad signature/);
  assert.not(kernel.all.some((each) => each.parent === "forged"));
});

test("Deno 24737: lines of a loop replace each other", async ({ kernel }) => {
  const run = await kernel.execute("for (let i = 0; i < 5; i++) console.log(i)");
  assert.is(run.stdout, "0\n1\n2\n3\n4\n");
  assert.not(run.messages.some((each) => each.type === "clear_output"));
});

test("Deno: no history, no inspection", async ({ kernel }) => {
  const tail = { hist_access_type: "tail", n: 1 };
  assert.is((await kernel.request("history_request", tail)).content.history.length, 1);
  const request = { code: "tensor", cursor_pos: 6 };
  assert.is((await kernel.request("inspect_request", request)).content.found, true);
});

test("Deno: a comm that is opened is not known", async ({ kernel }) => {
  await kernel.execute("comms.register('peer', () => {})");
  await kernel.send("comm_open", { comm_id: "p1", target_name: "peer", data: {} });
  await kernel.execute("0");
  const { content } = await kernel.request("comm_info_request", {});
  assert.equal(content.comms.p1, { target_name: "peer" });
});

test("all three: late output appears under the newest cell", async ({ kernel }) => {
  const early = await kernel.execute("setTimeout(() => console.log('very late'), 50); 0");
  await kernel.execute("await new Promise((resolve) => setTimeout(resolve, 100))");
  const late = await kernel.wait("late text", (each) => each.content.text === "very late\n");
  assert.is(late.parent, early.id);
});

test.run();
