/** Both websocket protocols, against JupyterLab's own implementation of them. */
import { KernelMessage } from "@jupyterlab/services";
import { deserialize, serialize } from "@jupyterlab/services/lib/kernel/serialize.js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonProtocol, v1, V1, type Packet, type Protocol } from "../../lab/server/wire.ts";

const protocols: [string, Protocol, string][] = [
  ["v1", v1, V1],
  ["json", jsonProtocol, ""],
];

const header = {
  msg_id: "m1",
  msg_type: "comm_msg",
  session: "s1",
  username: "u",
  date: "2026-11-20T00:00:00Z",
  version: "5.5",
};

function packet(content: object, buffers: Buffer[]): Packet {
  return {
    channel: "iopub",
    message: {
      identities: [],
      header,
      parent_header: { msg_id: "m0" },
      metadata: { a: 1 },
      content: content as Packet["message"]["content"],
      buffers,
    },
  };
}

const cases: [string, Packet][] = [
  ["no buffers", packet({ text: "下山 🏔️" }, [])],
  ["one buffer", packet({}, [Buffer.from([0, 1, 255])])],
  ["empty and large", packet({}, [Buffer.alloc(0), Buffer.alloc(70_000, 7)])],
];

const toArrayBuffer = (data: string | Buffer) =>
  typeof data === "string"
    ? data
    : data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);

const hex = (views: (ArrayBuffer | ArrayBufferView)[] = []) =>
  views.map((view) =>
    ArrayBuffer.isView(view)
      ? Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("hex")
      : Buffer.from(view).toString("hex"),
  );

for (const [name, protocol, id] of protocols) {
  test(`${name}: JupyterLab reads what the server writes`, () => {
    for (const [what, sent] of cases) {
      const data = toArrayBuffer(protocol.encode(sent)) as ArrayBuffer;
      const read = deserialize(data, id) as KernelMessage.IMessage;
      assert.is(read.channel, sent.channel, what);
      assert.equal(read.header, header, what);
      assert.equal(read.content, sent.message.content, what);
      assert.equal(read.metadata, sent.message.metadata, what);
      assert.equal(hex(read.buffers), hex(sent.message.buffers), what);
    }
  });

  test(`${name}: the server reads what JupyterLab writes`, () => {
    for (const [what, { channel, message }] of cases) {
      const { identities: _, ...rest } = message;
      // JupyterLab writes the whole ArrayBuffer under a view, so a view must fill it.
      const buffers = message.buffers.map((view) => new Uint8Array(view));
      const written = serialize({ ...rest, buffers, channel } as KernelMessage.IMessage, id);
      const isText = typeof written === "string";
      const data = isText ? Buffer.from(written) : Buffer.from(written);
      const read = protocol.decode(data, !isText);
      assert.is(read.channel, channel, what);
      assert.equal(read.message.header, header, what);
      assert.equal(read.message.content, message.content, what);
      assert.equal(hex(read.message.buffers), hex(message.buffers), what);
    }
  });
}

test("malformed input is refused with its reason", () => {
  const words = (...values: number[]) => {
    const data = Buffer.alloc(8 * values.length);
    values.forEach((value, i) => data.writeBigUInt64LE(BigInt(value), 8 * i));
    return data;
  };
  const half = (v1.encode(cases[1]![1]) as Buffer).subarray(0, 90);
  const text = (value: unknown) => Buffer.from(JSON.stringify(value));
  const malformed: [Protocol, Buffer, boolean, RegExp][] = [
    [v1, Buffer.alloc(0), true, /cut short/],
    [v1, words(2, 0, 0), true, /2 offsets/],
    [v1, words(2 ** 40), true, /offsets/],
    [v1, words(6, 9e9, 9e9, 9e9, 9e9, 9e9, 9e9), true, /part from/],
    [v1, half, true, /part from/],
    [jsonProtocol, Buffer.from("{"), false, /JSON/],
    [jsonProtocol, text([]), false, /no JSON object/],
    [jsonProtocol, text({ channel: "shell" }), false, /header/],
    [jsonProtocol, text({ channel: "soup", header }), false, /channel: "soup"/],
    [jsonProtocol, text({ channel: "shell", header: {} }), false, /msg_id/],
    [jsonProtocol, Buffer.alloc(8), true, /0 parts/],
    [jsonProtocol, Buffer.alloc(3), true, /cut short/],
  ];
  for (const [protocol, data, isBinary, reason] of malformed) {
    assert.throws(
      () => protocol.decode(data, isBinary),
      (error: Error) => reason.test(error.message),
    );
  }
});

test.run();
