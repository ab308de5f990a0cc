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

export function readConnection(file: string): Connection {
  return JSON.parse(readFileSync(file, "utf8")) as Connection;
}

/** Opens and binds the five sockets of a kernel. */
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
  const at = (port: number): string => {
    const separator = connection.transport === "ipc" ? "-" : ":";
    return `${connection.transport}://${connection.ip}${separator}${port}`;
  };
  await Promise.all([
    sockets.shell.bind(at(connection.shell_port)),
    sockets.control.bind(at(connection.control_port)),
    sockets.stdin.bind(at(connection.stdin_port)),
    sockets.iopub.bind(at(connection.iopub_port)),
    sockets.heartbeat.bind(at(connection.hb_port)),
  ]);
  return sockets;
}
