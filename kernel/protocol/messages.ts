/** The parts of a Jupyter message, protocol 5.5 (jupyter-client.readthedocs.io, "Messaging"). */
export interface Header {
  msg_id: string;
  msg_type: string;
  username: string;
  session: string;
  date: string;
  version: string;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

export interface Message {
  /** ZeroMQ routing prefix (ROUTER) or topic (XPUB). */
  identities: Uint8Array[];
  header: Header;
  parent_header: Partial<Header>;
  metadata: JsonObject;
  content: JsonObject;
  buffers: Uint8Array[];
}

export const PROTOCOL_VERSION = "5.5";

/** A field that should be text. A front end may send anything; what is no text counts as absent. */
export function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** A field that should be a number. */
export function numberOr(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
