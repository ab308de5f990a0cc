import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";

/** ZMTP 3.0 by hand (rfc.zeromq.org/spec/23), as far as a test needs it to say wrong things. */
const SIGNATURE = Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f]);
const GREETING_BYTES = 64;

/** The bytes with which a peer begins. */
export function greeting(): Buffer {
  const mechanism = Buffer.alloc(20);
  mechanism.write("NULL");
  return Buffer.concat([SIGNATURE, Buffer.from([3, 0]), mechanism, Buffer.alloc(32)]);
}

/** The command that ends the handshake of a socket of this type. */
export function ready(socketType: string): Buffer {
  const name = Buffer.from("\x05READY");
  const property = Buffer.from("\x0bSocket-Type");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(socketType.length);
  return frame(0x04, Buffer.concat([name, property, length, Buffer.from(socketType)]));
}

/** One frame; flag 1 says that more follow, 2 that the length has eight bytes, 4 marks a command. */
export function frame(flags: number, body: Uint8Array, length = body.length): Buffer {
  if (body.length < 256 && length === body.length && !(flags & 0x02)) {
    return Buffer.concat([Buffer.from([flags, length]), body]);
  }
  const head = Buffer.alloc(9);
  head[0] = flags | 0x02;
  head.writeBigUInt64BE(BigInt(length), 1);
  return Buffer.concat([head, body]);
}

/**
 * Connects, says all of it and hangs up; what the other side answers is read and forgotten. What
 * follows the greeting waits for the peer's: libzmq hangs up on a peer that says both at once.
 */
export async function say(port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.on("close", resolve));
  let heard = 0;
  const greeted = new Promise<void>((resolve) => {
    socket.on("data", (data) => {
      heard += data.length;
      if (heard >= GREETING_BYTES) resolve();
    });
  });
  socket.write(bytes.subarray(0, GREETING_BYTES));
  await Promise.race([closed, greeted, setTimeout(200)]);
  socket.end(bytes.subarray(GREETING_BYTES));
  await Promise.race([closed, setTimeout(2000)]);
  socket.destroy();
}
