import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";
import type { Received } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("comm");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
});
test.after(async (context) => {
  await context.kernel?.stop();
});

const commMessage = (kernel: TestKernel, type: string, comm: string): Promise<Received> =>
  kernel.wait(type, (each) => each.type === type && each.content.comm_id === comm);

test("a comm opened by a cell carries data, metadata and bytes both ways", async ({ kernel }) => {
  const opened = await kernel.execute(
    "const line = comms.open('slider', { min: 0 }, { metadata: { version: '2.1.0' }," +
      " buffers: [new Uint8Array([9, 1, 2, 3]).subarray(1)] });" +
      "line.onmessage = ({ data, buffers }) => { console.log('got', data.value, buffers[0]?.join());" +
      " line.send({ twice: data.value * 2 }, { buffers: [new Float32Array([0.5])] }) };" +
      "line.onclose = () => console.log('closed'); line.id",
  );
  const open = opened.messages.find((each) => each.type === "comm_open")!;
  assert.is(open.content.target_name, "slider");
  assert.equal(open.content.data, { min: 0 });
  assert.equal(open.metadata, { version: "2.1.0" });
  assert.equal([...open.buffers[0]!], [1, 2, 3]);

  const comm = open.content.comm_id as string;
  const content = { comm_id: comm, data: { value: 21 } };
  const id = await kernel.send("comm_msg", content, "shell", [Buffer.from([7, 8])]);
  const answer = await commMessage(kernel, "comm_msg", comm);
  assert.equal(answer.content.data, { twice: 42 });
  assert.is(answer.buffers[0]!.readFloatLE(0), 0.5);
  const text = await kernel.wait("text", (each) => each.content.text === "got 21 7,8\n");
  assert.is(text.parent, opened.id, "a handler prints under the cell that opened the comm");
  await kernel.wait(
    "idle",
    (each) => each.parent === id && each.content.execution_state === "idle",
  );

  const info = await kernel.request("comm_info_request", {});
  assert.equal(info.content.comms, { [comm]: { target_name: "slider" } });
  const other = await kernel.request("comm_info_request", { target_name: "other" });
  assert.equal(other.content.comms, {});

  await kernel.send("comm_close", { comm_id: comm, data: {} });
  await kernel.wait("closed", (each) => each.content.text === "closed\n");
  assert.equal((await kernel.request("comm_info_request", {})).content.comms, {});
  assert.match((await kernel.execute("line.send(1)")).reply.evalue, /"slider" is closed/);
});

test("the front end opens a comm to a registered target", async ({ kernel }) => {
  await kernel.execute("comms.register('echo', (comm, { data }) => comm.send({ back: data }))");
  await kernel.send("comm_open", { comm_id: "c1", target_name: "echo", data: 5 });
  assert.equal((await commMessage(kernel, "comm_msg", "c1")).content.data, { back: 5 });
});

test("an unknown target is closed at once", async ({ kernel }) => {
  await kernel.send("comm_open", { comm_id: "c2", target_name: "nobody", data: {} });
  assert.match((await commMessage(kernel, "comm_close", "c2")).content.data.error, /nobody/);
});

test("a message for an unknown comm does no harm", async ({ kernel }) => {
  const id = await kernel.send("comm_msg", { comm_id: "nope", data: {} });
  await kernel.wait(
    "idle",
    (each) => each.parent === id && each.content.execution_state === "idle",
  );
});

test("a handler that throws shows its error under the cell of the comm", async ({ kernel }) => {
  const opened = await kernel.execute(
    "const bad = comms.open('bad'); bad.onmessage = () => { throw new Error('in handler') }; 0",
  );
  const { content } = opened.messages.find((each) => each.type === "comm_open")!;
  await kernel.send("comm_msg", { comm_id: content.comm_id, data: {} });
  const shown = await kernel.wait("error", (each) => each.content.evalue === "in handler");
  assert.is(shown.parent, opened.id);
});

test("a comm message is handled while a cell awaits", async ({ kernel }) => {
  const id = await kernel.submit(
    "const click = comms.open('button');" +
      "await new Promise((resolve) => { click.onmessage = resolve }); 'clicked'",
  );
  const open = await kernel.wait(
    "comm_open",
    (each) => each.type === "comm_open" && each.content.target_name === "button",
  );
  await kernel.send("comm_msg", { comm_id: open.content.comm_id, data: {} });
  assert.is((await kernel.finished(id)).result, "'clicked'");
});

test.run();
