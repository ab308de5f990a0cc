import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import type { Connection } from "../../kernel/protocol/connection.ts";

const IP = "127.0.0.1";

/** A connection for one start of one kernel: five free ports and a key of its own. */
export async function newConnection(): Promise<Connection> {
  const [shell_port, control_port, iopub_port, stdin_port, hb_port] = await freePorts();
  return {
    transport: "tcp",
    ip: IP,
    shell_port,
    control_port,
    iopub_port,
    stdin_port,
    hb_port,
    key: randomBytes(32).toString("hex"),
    signature_scheme: "hmac-sha256",
  };
}

/** Only the user may read it: who has the key can run code. */
export async function writeConnection(path: string, connection: Connection): Promise<void> {
  await writeFile(path, JSON.stringify(connection, null, 2), { flag: "wx", mode: 0o600 });
}

/**
 * Five ports that are free now. All are held until the last is known, so they differ. Another
 * program can still take one before the kernel binds it; the kernel then dies and is started again
 * with new ports.
 */
async function freePorts(): Promise<[number, number, number, number, number]> {
  const servers = Array.from({ length: 5 }, () => createServer());
  try {
    const [a, b, c, d, e] = await Promise.all(servers.map(listen));
    return [a!, b!, c!, d!, e!];
  } finally {
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, IP, () => resolve((server.address() as AddressInfo).port));
  });
}
