/** Who may use the server, and what a foreign page, host or path may not. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { newFolder, rawRequest, startTestLab, type TestLab } from "./lab.ts";

const TOKEN = "the-right-token";

let lab: TestLab;
let own: string;
let cookie: string;

test.before(async () => {
  const outside = newFolder({ "secret.txt": "secret" });
  const root = newFolder({
    "a.txt": "inside",
    "sub/b.txt": "below",
    ".hidden": "hidden",
    "page.html": "<script>alert(1)</script>",
  });
  symlinkSync(join(outside, "secret.txt"), join(root, "link.txt"));
  symlinkSync(outside, join(root, "linked"));
  symlinkSync(join(root, "sub"), join(root, "allowed"));
  symlinkSync(join(outside, "new.txt"), join(root, "dangling.txt"));
  lab = await startTestLab({ root, token: TOKEN });
  own = `127.0.0.1:${lab.port}`;
  cookie = `downhill-${lab.port}=${TOKEN}`;
});

test.after(() => lab.close());

test("a request needs the token, its own host and no foreign origin", async () => {
  const bearer = `Bearer ${TOKEN}`;
  const cases: [string, string, string, Record<string, string>, number][] = [
    ["no token", "GET", "/api/status", {}, 403],
    ["header", "GET", "/api/status", { Authorization: `token ${TOKEN}` }, 200],
    ["bearer", "GET", "/api/status", { Authorization: bearer }, 200],
    ["wrong header", "GET", "/api/status", { Authorization: "token wrong" }, 403],
    ["empty token", "GET", "/api/status?token=", {}, 403],
    ["query", "GET", `/api/status?token=${TOKEN}`, {}, 200],
    ["wrong query", "GET", "/api/status?token=the-right-toke", {}, 403],
    ["cookie", "GET", "/api/status", { Cookie: `x=y; ${"COOKIE"}` }, 200],
    [
      "cookie, change, own origin",
      "POST",
      "/api/contents",
      { Cookie: "COOKIE", Origin: "OWN" },
      201,
    ],
    ["cookie, change, no origin", "POST", "/api/contents", { Cookie: "COOKIE" }, 403],
    ["header, change, no origin", "POST", "/api/contents", { Authorization: bearer }, 201],
    ["foreign origin", "GET", "/api/status", { Authorization: bearer, Origin: "http://evil" }, 403],
    ["null origin", "GET", "/api/status", { Authorization: bearer, Origin: "null" }, 403],
    [
      "other port",
      "GET",
      "/api/status",
      { Authorization: bearer, Origin: "http://127.0.0.1:1" },
      403,
    ],
    ["localhost", "GET", "/api/status", { Authorization: bearer, Host: "localhost:80" }, 200],
    ["rebinding", "GET", "/api/status", { Authorization: bearer, Host: "evil.example" }, 403],
    [
      "rebinding, own-like",
      "GET",
      "/api/status",
      { Authorization: bearer, Host: "127.0.0.1.evil" },
      403,
    ],
    ["no such address", "GET", "/api/nothing", { Authorization: bearer }, 404],
    ["no such method", "DELETE", "/api/status", { Authorization: bearer }, 405],
    ["two slashes", "GET", "//evil/api/status", { Authorization: bearer }, 400],
    ["broken percent", "GET", "/api/contents/%E0%A4", { Authorization: bearer }, 400],
  ];
  for (const [name, method, path, given, status] of cases) {
    const headers = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        key,
        value.replace("COOKIE", cookie).replace("OWN", `http://${own}`),
      ]),
    );
    const reply = await rawRequest(lab.port, path, { method, headers });
    assert.is(reply.status, status, `${name}: ${reply.body}`);
  }
});

test("no path leads out of the root", async () => {
  const cases: [string, number][] = [
    ["a.txt", 200],
    ["sub/b.txt", 200],
    ["allowed/b.txt", 200],
    ["link.txt", 404],
    ["linked/secret.txt", 404],
    ["dangling.txt", 404],
    [".hidden", 404],
    ["..%2f..%2fetc/passwd", 404],
    ["sub/..%2f..%2f..%2f..%2f..%2fetc/passwd", 404],
    ["%2fetc%2fpasswd", 404],
    ["sub%5c..%5ca.txt", 404],
    ["a.txt%00.png", 404],
    ["a.txt/b", 404],
  ];
  const headers = { Authorization: `token ${TOKEN}` };
  for (const [path, status] of cases) {
    for (const api of ["api/contents", "files"]) {
      const reply = await rawRequest(lab.port, `/${api}/${path}`, { headers });
      assert.is(reply.status, status, `${api}/${path}: ${reply.body}`);
      assert.not.match(reply.body, /secret"|root:/);
    }
  }
});

test("writing, renaming and deleting do not follow links out either", async () => {
  const model = { type: "file", format: "text", content: "x" };
  const cases: [string, string, unknown, number][] = [
    ["PUT", "linked/new.txt", model, 404],
    ["PUT", "link.txt", model, 404],
    ["DELETE", "linked/secret.txt", undefined, 404],
    ["PATCH", "a.txt", { path: "linked/a.txt" }, 404],
    ["PATCH", "a.txt", { path: "../a.txt" }, 404],
    ["POST", "linked", { type: "file" }, 404],
    ["POST", "", { copy_from: "linked/secret.txt" }, 404],
    ["DELETE", "", undefined, 400],
  ];
  for (const [method, path, body, status] of cases) {
    const reply = await lab.ask(method, `api/contents/${path}`, body);
    assert.is(reply.status, status, `${method} ${path}: ${JSON.stringify(reply.body)}`);
  }
  assert.is((await lab.ask("GET", "api/contents/a.txt")).body.content, "inside");
});

test("the folder's list leaves out hidden files and links that lead out", async () => {
  const { body } = await lab.ask("GET", "api/contents");
  const names = (body.content as { name: string }[]).map(({ name }) => name);
  for (const name of [".hidden", "link.txt", "linked", "dangling.txt"]) {
    assert.not(names.includes(name), name);
  }
  assert.ok(names.includes("a.txt") && names.includes("allowed"));
});

test("websockets obey the same rules", async () => {
  const cases: [string, Record<string, string>, number | "open"][] = [
    [`api/events/subscribe?token=${TOKEN}`, {}, "open"],
    ["api/events/subscribe", { Cookie: cookie, Origin: `http://${own}` }, "open"],
    ["api/events/subscribe", {}, 403],
    ["api/events/subscribe", { Cookie: cookie, Origin: "http://evil.example" }, 403],
    [`api/events/subscribe?token=${TOKEN}`, { Host: "evil.example" }, 403],
    [`api/kernels/none/channels?token=${TOKEN}`, {}, 404],
    [`api/other?token=${TOKEN}`, {}, 404],
  ];
  for (const [path, headers, expected] of cases) {
    const outcome = await new Promise<number | "open">((resolve, reject) => {
      const socket = new WebSocket(`ws://${own}/${path}`, { headers });
      socket.on("open", () => {
        socket.close();
        resolve("open");
      });
      socket.on("unexpected-response", (message, response) => {
        resolve(response.statusCode ?? 0);
        message.destroy();
      });
      socket.on("error", reject);
    });
    assert.is(outcome, expected, `${path} ${JSON.stringify(headers)}`);
  }
});

test("answers carry security headers; a page among the files is sandboxed", async () => {
  const headers = { Authorization: `token ${TOKEN}` };
  const api = await rawRequest(lab.port, "/api/status", { headers });
  assert.is(api.headers["x-content-type-options"], "nosniff");
  assert.match(String(api.headers["content-security-policy"]), /frame-ancestors 'self'/);
  const page = await rawRequest(lab.port, "/files/page.html", { headers });
  assert.match(String(page.headers["content-security-policy"]), /^sandbox/);
});

test("the server listens on the loopback address only", () => {
  assert.match(lab.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
});

test.run();
