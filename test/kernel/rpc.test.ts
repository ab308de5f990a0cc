/** JSON-RPC as the Language Server Protocol frames it, between two ends over plain streams. */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { JsonRpc } from "../../kernel/language/rpc.ts";

const test = suite("rpc");

/** A client of a server that answers so; without answers, of one that says nothing. */
function connect(answers?: object): { client: JsonRpc; toClient: PassThrough } {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  if (answers) new JsonRpc(toServer, toClient, { ...answers });
  return { client: new JsonRpc(toClient, toServer, {}), toClient };
}

const frame = (body: object): Buffer => {
  const text = JSON.stringify({ jsonrpc: "2.0", ...body });
  return Buffer.from(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
};

test("a request is answered, in any order, and counts bytes and not letters", async () => {
  const { client } = connect({ twice: ({ text }: { text: string }) => text + text });
  const texts = ["下山", "🏔", "x".repeat(200_000)];
  const answers = await Promise.all(texts.map((text) => client.request("twice", { text })));
  assert.equal(
    answers,
    texts.map((text) => text + text),
  );
});

for (const size of [1, 2, 7, 1000]) {
  test(`two messages that arrive in pieces of ${size} bytes`, async () => {
    const { client, toClient } = connect();
    const both = [client.request<string>("a", {}), client.request<string>("b", {})];
    const bytes = Buffer.concat([
      frame({ method: "window/logMessage", params: {} }),
      frame({ id: 2, result: "山" }),
      frame({ id: 1, result: "下" }),
    ]);
    for (let at = 0; at < bytes.length; at += size) toClient.write(bytes.subarray(at, at + size));
    assert.equal(await Promise.all(both), ["下", "山"]);
  });
}

test("an error of the other side is the request's", async () => {
  const { client } = connect({ known: () => null });
  await client.request("unknown", {}).then(
    () => assert.unreachable(),
    ({ message }: Error) => assert.is(message, "method: unknown. Known: known."),
  );
});

test("what is not JSON-RPC ends the connection and names what came", async () => {
  for (const [garbage, said] of [
    ["Content-Type: x\r\n\r\n{}", "header: Content-Type: x. It has no Content-Length."],
    ["Content-Length: 4\r\n\r\n{{{{", "JSON"],
  ] as const) {
    const { toClient } = connect();
    const failed = once(toClient, "error");
    toClient.write(garbage);
    assert.match(String(await failed), said);
  }
});

test("a closed connection fails what is awaited and what is asked later", async () => {
  const { client } = connect();
  const awaited = client.request("never", {});
  client.close("server: gone");
  const ends = await Promise.allSettled([awaited, client.request("later", {})]);
  for (const end of ends)
    assert.match(String((end as PromiseRejectedResult).reason), "server: gone");
});

test.run();
