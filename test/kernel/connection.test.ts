import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { kernelSpec } from "../../kernel/install.ts";
import { readConnection } from "../../kernel/protocol/connection.ts";
import { TestKernel, freePorts } from "./client.ts";

/** What the user of a kernel that cannot serve gets to read: one line, and an exit code. */
const test = suite<{ folder: string; good: Record<string, unknown> }>("connection");

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), "downhill-connection-"));
  const [shell_port, control_port, iopub_port, stdin_port, hb_port] = await freePorts(5);
  const ports = { shell_port, control_port, iopub_port, stdin_port, hb_port };
  const scheme = { key: "k", signature_scheme: "hmac-sha256" };
  context.good = { transport: "tcp", ip: "127.0.0.1", ...ports, ...scheme };
});
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function start(file: string | undefined): { status: number | null; stderr: string } {
  const [node, main] = kernelSpec().argv;
  const args = [main!, ...(file === undefined ? [] : [file])];
  return spawnSync(node!, args, { encoding: "utf8", timeout: 20_000 });
}

function refused(file: string | undefined, line: RegExp, code = 1): void {
  const { status, stderr } = start(file);
  assert.is(status, code, stderr);
  assert.match(stderr, line);
  assert.not.match(stderr, /\n./, "one line, no stack");
}

test("no file", () => refused(undefined, /connection file: missing.*downhill install/, 2));

test("a file that is not there", ({ folder }) =>
  refused(join(folder, "none.json"), /connection file: .*none\.json cannot be read \(ENOENT\)/));

test("a file that may not be read", ({ folder }) => {
  const file = join(folder, "secret.json");
  writeFileSync(file, "{}");
  chmodSync(file, 0o000);
  // Root may read everything; a folder cannot be read as a file by anybody.
  const folderAsFile = join(folder, "folder.json");
  mkdirSync(folderAsFile);
  if (process.getuid?.() !== 0) refused(file, /cannot be read \(EACCES\)/);
  refused(folderAsFile, /folder\.json cannot be read \(EISDIR\)/);
});

const texts: [what: string, text: string, line: RegExp][] = [
  ["empty", "", /is no JSON .*Start the kernel from a Jupyter client/],
  ["half a file", '{"transport": "tcp", "ip', /is no JSON/],
  ["an array", "[1]", /holds no object\. Known fields: transport, ip, key/],
  ["null", "null", /holds no object/],
];

for (const [what, text, line] of texts) {
  test(`a file that holds ${what}`, ({ folder }) => {
    const file = join(folder, "text.json");
    writeFileSync(file, text);
    assert.throws(() => readConnection(file), line);
  });
}

/** A field that is wrong; undefined takes it away. */
const fields: [field: string, value: unknown, line: RegExp][] = [
  ["transport", "udp", /transport: "udp" in .*Known: "tcp" and "ipc"/],
  ["transport", 5, /transport: 5 in/],
  ["ip", undefined, /ip: missing in .*Known: an address/],
  ["key", 7, /key: 7 in .*Known: a text/],
  ["shell_port", undefined, /shell_port: missing in .*Known: a number from 1 to 65535/],
  ["control_port", 70000, /control_port: 70000 in/],
  ["hb_port", "5000", /hb_port: "5000" in/],
  ["stdin_port", 0, /stdin_port: 0 in/],
  ["iopub_port", -1, /iopub_port: -1 in/],
  ["signature_scheme", "sha256", /signature_scheme: "sha256" in .*as in "hmac-sha256"/],
  ["signature_scheme", "hmac-nothing", /signature_scheme: "hmac-nothing" in/],
];

for (const [field, value, line] of fields) {
  test(`${field}: ${JSON.stringify(value)}`, ({ folder, good }) => {
    const file = join(folder, "field.json");
    writeFileSync(file, JSON.stringify({ ...good, [field]: value }));
    assert.throws(() => readConnection(file), line);
  });
}

test("the same port twice", ({ folder, good }) => {
  const file = join(folder, "twice.json");
  writeFileSync(file, JSON.stringify({ ...good, hb_port: good.shell_port }));
  const line = /shell_port: \d+ in .*a port for each socket, and hb_port has this one/;
  assert.throws(() => readConnection(file), line);
});

for (const field of ["shell_port", "control_port", "iopub_port", "stdin_port", "hb_port"]) {
  test(`a busy ${field}`, async ({ folder, good }) => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const file = join(folder, "busy.json");
    writeFileSync(file, JSON.stringify({ ...good, [field]: port }));
    try {
      refused(
        file,
        new RegExp(`${field}: ${port} cannot be bound .*another process has this port`),
      );
    } finally {
      server.close();
    }
  });
}

test("a malformed file, and an address that is not this machine's", ({ folder, good }) => {
  const file = join(folder, "refused.json");
  writeFileSync(file, "{");
  refused(file, /connection file: .* is no JSON/);
  writeFileSync(file, JSON.stringify({ ...good, ip: "192.0.2.1" }));
  refused(file, /_port: \d+ cannot be bound at tcp:\/\/192\.0\.2\.1:\d+: .*127\.0\.0\.1/);
});

test("other digests than SHA-256 sign as well", async () => {
  const kernel = await TestKernel.start({ digest: "sha512" });
  try {
    assert.is((await kernel.execute("1 + 1")).result, "2");
  } finally {
    await kernel.stop();
  }
});

test("the ipc transport serves as tcp does", async ({ folder }) => {
  if (process.platform === "win32") return;
  const kernel = await TestKernel.start({ ipc: join(folder, "socket") });
  try {
    assert.is((await kernel.execute("1 + 1")).result, "2");
  } finally {
    await kernel.stop();
  }
});

test.run();
