import { createHmac, createSecretKey, randomUUID, timingSafeEqual } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { PROTOCOL_VERSION } from "./messages.ts";
import type { Header, JsonObject, Message } from "./messages.ts";

/** Text is sent as UTF-8. */
export type Frame = string | Uint8Array;

const DELIMITER = Buffer.from("<IDS|MSG>");

/** Reads and writes signed multipart messages. Every malformed input is an Error with its reason. */
export class Wire {
  readonly session = randomUUID();
  /** Undefined: messages are not signed. */
  readonly #key: KeyObject | undefined;
  readonly #hash: string;

  /** `scheme` as in the connection file: `hmac-sha256`. An empty key means unsigned messages. */
  constructor(key: string, scheme: string) {
    if (!scheme.startsWith("hmac-")) {
      throw new Error(
        `signature scheme: "${scheme}". Known: hmac- and a digest, as in hmac-sha256.`,
      );
    }
    this.#key = key === "" ? undefined : createSecretKey(key, "utf8");
    this.#hash = scheme.slice("hmac-".length);
  }

  decode(frames: Uint8Array[]): Message {
    const at = frames.findIndex((frame) => DELIMITER.equals(frame));
    if (at < 0) throw new Error("malformed message: no <IDS|MSG> delimiter");
    const parts = frames.slice(at + 2, at + 6);
    const signature = frames[at + 1];
    if (signature === undefined || parts.length < 4) {
      throw new Error(
        `malformed message: ${frames.length - at - 1} frames after the delimiter, not 5`,
      );
    }
    this.#verify(Buffer.from(signature).toString("latin1"), parts);
    const [header, parent_header, metadata, content] = parts.map(parseObject);
    if (typeof header!.msg_type !== "string" || typeof header!.msg_id !== "string") {
      throw new Error("malformed message: the header has no msg_type or no msg_id");
    }
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent_header: parent_header as Partial<Header>,
      metadata: metadata!,
      content: content!,
      buffers: frames.slice(at + 6),
    };
  }

  encode(message: Message): Frame[] {
    const { header, parent_header, metadata, content } = message;
    const parts = [header, parent_header, metadata, content].map((part) => JSON.stringify(part));
    const signature = this.#sign([parts.join("")]);
    return [...message.identities, DELIMITER, signature, ...parts, ...message.buffers];
  }

  header(msg_type: string): Header {
    return {
      msg_id: randomUUID(),
      msg_type,
      username: "kernel",
      session: this.session,
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
  }

  #sign(parts: Frame[]): string {
    if (this.#key === undefined) return "";
    const hmac = createHmac(this.#hash, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #verify(signature: string, parts: Uint8Array[]): void {
    const expected = Buffer.from(this.#sign(parts));
    const given = Buffer.from(signature);
    if (
      this.#key !== undefined &&
      !(given.length === expected.length && timingSafeEqual(given, expected))
    ) {
      throw new Error("bad signature: the message was not signed with this connection's key");
    }
  }
}

function parseObject(frame: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(Buffer.from(frame).toString());
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("malformed message: header, parent, metadata and content must be JSON objects");
  }
  return value as JsonObject;
}
