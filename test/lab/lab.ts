import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kernelSpec } from "../../kernel/install.ts";
import { startLab, type Lab, type LabOptions } from "../../lab/server/index.ts";

/** A server over a folder of its own, and what a test asks of it. */
export interface TestLab extends Lab {
  root: string;
  stateDir: string;
  lines: string[];
  /** Sends a request with the token; the body is sent as JSON. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // Tests compare what they know to be there.
  body: any;
}

const folders: string[] = [];

/** A new folder that is removed when the test file ends. */
export function newFolder(files: Record<string, string | Buffer> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "lab-test-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export async function startTestLab(options: Partial<LabOptions> = {}): Promise<TestLab> {
  const root = options.root ?? newFolder();
  const stateDir = options.stateDir ?? join(newFolder(), "state");
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const kernelSpecs = { downhill: { spec: kernelSpec() } };
  const lab = await startLab({ kernelSpecs, log, ...options, root, stateDir });
  const ask: TestLab["ask"] = async (method, path, body) => {
    const response = await fetch(`${lab.url}${path}`, {
      method,
      headers: { Authorization: `token ${lab.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const value: unknown = isJson && text !== "" ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: value };
  };
  return { ...lab, root, stateDir, lines, ask };
}

/** A request as any program may send it: every header and every path, unchanged. */
export function rawRequest(
  port: number,
  path: string,
  { method = "GET", headers = {} as Record<string, string>, body = "" } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const message = request(
      { host: "127.0.0.1", port, path, method, headers, setHost: headers.Host === undefined },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    message.on("error", reject);
    message.end(body);
  });
}

/** Waits until a condition holds; fails with its name after the limit. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Is the process running? A zombie that nobody has collected yet is not. */
export function isAlive(pid: number): boolean {
  if (existsSync("/proc/self/stat")) {
    const stat = `/proc/${pid}/stat`;
    return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, "utf8"));
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
