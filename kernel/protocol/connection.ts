import { getHashes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Router, XPublisher } from "zeromq";

/** What a connection file holds. */
export interface Connection {
  transport: string;
  ip: string;
  shell_port: number;
  control_port: number;
  iopub_port: number;
  stdin_port: number;
  hb_port: number;
  key: string;
  signature_scheme: string;
}

export interface Sockets {
  shell: Router;
  control: Router;
  stdin: Router;
  iopub: XPublisher;
  heartbeat: Router;
}

/** What keeps the kernel from serving anybody; the message is all that its user needs to see. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

const PORTS = ["shell_port", "control_port", "iopub_port", "stdin_port", "hb_port"] as const;

/** Reads a connection file. Throws {@link ConnectionError} for what cannot be served. */
export function readConnection(file: string): Connection {
  const fields = parse(file, read(file));
  const refuse = (field: string, known: string): never => {
    const value = JSON.stringify(fields[field]) ?? "missing";
    throw new ConnectionError(`${field}: ${value} in ${file}. Known: ${known}.`);
  };
  const { transport = "tcp", ip, key = "", signature_scheme = "hmac-sha256" } = fields;
  if (transport !== "tcp" && transport !== "ipc") refuse("transport", '"tcp" and "ipc"');
  if (typeof ip !== "string" || ip === "") refuse("ip", 'an address, as in "127.0.0.1"');
  if (typeof key !== "string") refuse("key", "a text, empty for unsigned messages");
  for (const name of PORTS) {
    const port = fields[name];
    if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65535) {
      refuse(name, "a number from 1 to 65535");
    }
    const twin = PORTS.find((each) => each !== name && fields[each] === port);
    if (twin !== undefined) refuse(name, `a port for each socket, and ${twin} has this one`);
  }
  const scheme = String(signature_scheme);
  if (!scheme.startsWith("hmac-") || !getHashes().includes(scheme.slice("hmac-".length))) {
    refuse("signature_scheme", '"hmac-" and a digest of Node, as in "hmac-sha256"');
  }
  return { ...fields, transport, ip, key, signature_scheme } as Connection;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConnectionError(
      `connection file: ${file} cannot be read (${code}). A Jupyter client writes it and passes its path; see \`downhill install\`.`,
    );
  }
}

function parse(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConnectionError(
      `connection file: ${file} is no JSON (${(error as Error).message}). Start the kernel from a Jupyter client, which writes a new one.`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConnectionError(
      `connection file: ${file} holds no object. Known fields: transport, ip, key, signature_scheme, ${PORTS.join(", ")}.`,
    );
  }
  return value as Record<string, unknown>;
}

/** Opens and binds the five sockets of a kernel. Throws {@link ConnectionError}. */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const sockets = {
    shell: new Router(),
    control: new Router(),
    stdin: new Router(),
    iopub: new XPublisher(),
    heartbeat: new Router(),
  };
  sockets.iopub.noDrop = true;
  sockets.iopub.sendTimeout = 5000;
  const { transport, ip } = connection;
  const bind = async (
    socket: Router | XPublisher,
    field: (typeof PORTS)[number],
  ): Promise<void> => {
    const port = connection[field];
    const address = `${transport}://${ip}${transport === "ipc" ? "-" : ":"}${port}`;
    await socket.bind(address).catch((error: NodeJS.ErrnoException) => {
      throw new ConnectionError(
        `${field}: ${port} cannot be bound at ${address}: ${reason(error)}`,
      );
    });
  };
  const bound = await Promise.allSettled([
    bind(sockets.shell, "shell_port"),
    bind(sockets.control, "control_port"),
    bind(sockets.stdin, "stdin_port"),
    bind(sockets.iopub, "iopub_port"),
    bind(sockets.heartbeat, "hb_port"),
  ]);
  const failed = bound.find((each) => each.status === "rejected");
  if (failed === undefined) return sockets;
  // An open socket would abort the process that now ends.
  for (const socket of Object.values(sockets)) socket.close();
  throw failed.reason;
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return "another process has this port. Start the kernel again; its client then picks others.";
    case "EADDRNOTAVAIL":
    case "ENODEV":
      return "this machine has no such address. Known to every machine: 127.0.0.1.";
    case "EACCES":
      return "not allowed. Ports from 1024 on are free for everybody.";
    default:
      return message;
  }
}
