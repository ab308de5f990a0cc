/** Jupyter messages on a websocket (jupyter-server.readthedocs.io, "WebSocket protocols"). */
import { PROTOCOL_VERSION, type Header, type Message } from "../../kernel/protocol/messages.ts";
import { channels, type Channel } from "./link.ts";

/** The binary subprotocol; the other one, JSON, has no name. */
export const V1 = "v1.kernel.websocket.jupyter.org";

export interface Packet {
  channel: Channel;
  message: Message;
}

/** What one websocket speaks. Malformed input is an Error with its reason. */
export interface Protocol {
  encode(packet: Packet): string | Buffer;
  decode(data: Buffer, isBinary: boolean): Packet;
}

/**
 * v1: the number of offsets, the offsets (little-endian, 64 bits each), then at the offsets the
 * channel, the four parts of the message as JSON, and the buffers; the last offset is the end.
 */
export const v1: Protocol = {
  encode({ channel, message }) {
    const { header, parent_header, metadata, content, buffers } = message;
    const parts = [header, parent_header, metadata, content].map((part) => JSON.stringify(part));
    const blobs = [channel, ...parts].map((text) => Buffer.from(text));
    const all = [...blobs, ...buffers];
    const head = Buffer.alloc(8 * (all.length + 2));
    head.writeBigUInt64LE(BigInt(all.length + 1), 0);
    let offset = head.length;
    [...all, Buffer.alloc(0)].forEach((blob, i) => {
      head.writeBigUInt64LE(BigInt(offset), 8 * (i + 1));
      offset += blob.byteLength;
    });
    return Buffer.concat([head, ...all]);
  },

  decode(data) {
    const word = (i: number) => {
      if (8 * (i + 1) > data.length) throw new Error("malformed message: it is cut short");
      return Number(data.readBigUInt64LE(8 * i));
    };
    const count = word(0);
    if (count < 6 || count > data.length / 8) {
      throw new Error(`malformed message: ${count} offsets, not 6 or more`);
    }
    const offsets = Array.from({ length: count }, (_, i) => word(i + 1));
    const blobs = offsets.slice(0, -1).map((from, i) => slice(data, from, offsets[i + 1]!));
    const [channel, ...parts] = blobs.slice(0, 5).map((blob) => blob.toString("utf8"));
    const [header, parent_header, metadata, content] = parts.map(
      (part) => JSON.parse(part) as unknown,
    );
    const fields = { channel, header, parent_header, metadata, content };
    return toPacket(fields, blobs.slice(5));
  },
};

/** JSON, as a text; with buffers a binary of: their count, offsets (big-endian, 32 bits), parts. */
export const jsonProtocol: Protocol = {
  encode({ channel, message }) {
    const { identities: _, buffers, ...rest } = message;
    const { msg_id, msg_type } = message.header;
    const text = JSON.stringify({ ...rest, channel, msg_id, msg_type, buffers: [] });
    if (buffers.length === 0) return text;
    const parts = [Buffer.from(text), ...buffers];
    const head = Buffer.alloc(4 * (parts.length + 1));
    head.writeUInt32BE(parts.length, 0);
    let offset = head.length;
    parts.forEach((part, i) => {
      head.writeUInt32BE(offset, 4 * (i + 1));
      offset += part.byteLength;
    });
    return Buffer.concat([head, ...parts]);
  },

  decode(data, isBinary) {
    if (!isBinary) return toPacket(JSON.parse(data.toString("utf8")), []);
    if (data.length < 8) throw new Error("malformed message: it is cut short");
    const count = data.readUInt32BE(0);
    if (count < 1 || 4 * (count + 1) > data.length) {
      throw new Error(`malformed message: ${count} parts do not fit`);
    }
    const offsets = Array.from({ length: count }, (_, i) => data.readUInt32BE(4 * (i + 1)));
    const [text, ...buffers] = [...offsets, data.length]
      .slice(0, -1)
      .map((from, i) => slice(data, from, offsets[i + 1] ?? data.length));
    return toPacket(JSON.parse(text!.toString("utf8")), buffers);
  },
};

function slice(data: Buffer, from: number, to: number): Buffer {
  if (from <= to && to <= data.length) return data.subarray(from, to);
  throw new Error(`malformed message: a part from ${from} to ${to} of ${data.length} bytes`);
}

function toPacket(value: unknown, buffers: Buffer[]): Packet {
  const { channel, header, parent_header, metadata, content } = object(value, "message");
  if (!channels.includes(channel as Channel)) {
    throw new Error(`channel: ${JSON.stringify(channel)}. Known: ${channels.join(", ")}`);
  }
  const head = object(header, "header");
  if (typeof head.msg_id !== "string" || typeof head.msg_type !== "string") {
    throw new Error("malformed message: the header has no msg_id or no msg_type");
  }
  const message = {
    identities: [],
    header: { session: "", username: "", date: "", version: PROTOCOL_VERSION, ...head } as Header,
    parent_header: object(parent_header ?? {}, "parent_header"),
    metadata: object(metadata ?? {}, "metadata") as Message["metadata"],
    content: object(content ?? {}, "content") as Message["content"],
    buffers,
  };
  return { channel: channel as Channel, message };
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error(`malformed message: ${what} is no JSON object`);
}
