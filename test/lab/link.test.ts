import { setTimeout } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KernelLink } from "../../lab/server/link.ts";

const connection = {
  transport: "tcp",
  ip: "127.0.0.1",
  shell_port: 9,
  control_port: 9,
  iopub_port: 9,
  stdin_port: 9,
  hb_port: 9,
  key: "key",
  signature_scheme: "hmac-sha256",
};

// It ended the server: a closed socket throws where an open one rejects.
test("a message for a kernel that has just gone is dropped, and nobody is told", async () => {
  const said: string[] = [];
  const link = new KernelLink(connection, { message() {}, log: (line) => said.push(line) });
  const header = {
    msg_id: "1",
    msg_type: "kernel_info_request",
    username: "",
    session: "s",
    date: "",
    version: "5.3",
  };
  const message = {
    header,
    identities: [],
    parent_header: {},
    metadata: {},
    content: {},
    buffers: [],
  };
  link.send("shell", message);
  link.close();
  link.send("shell", message);
  link.send("control", message);
  await setTimeout(50);
  assert.equal(said, []);
});

test.run();
