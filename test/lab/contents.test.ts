/** Files as JupyterLab reads and writes them. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { lstatSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newFolder, startTestLab, type TestLab } from "./lab.ts";

const notebook = {
  cells: [
    { cell_type: "markdown", id: "a", metadata: {}, source: ["# 动量\n", "text"] },
    {
      cell_type: "code",
      execution_count: 1,
      id: "b",
      metadata: {},
      outputs: [
        { name: "stdout", output_type: "stream", text: ["1\n", "2\n"] },
        {
          data: { "application/json": ["kept"], "text/plain": ["3"] },
          execution_count: 1,
          metadata: {},
          output_type: "execute_result",
        },
      ],
      source: ["1\n", "2"],
    },
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
};
const onDisk = `${JSON.stringify(notebook, null, 1)}\n`;
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe]);

let lab: TestLab;
const file = (name: string) => join(lab.root, name);

test.before(async () => {
  lab = await startTestLab();
});

test.before.each(() => {
  writeFileSync(file("06.ipynb"), onDisk);
  writeFileSync(file("text.txt"), "行一\nline two");
  writeFileSync(file("picture.png"), png);
  mkdirSync(file("zh"), { recursive: true });
  writeFileSync(file("zh/01.ipynb"), onDisk);
});

test.after(() => lab.close());

test("GET answers a model of the wanted type, format and content", async () => {
  const cases: [string, string, object][] = [
    ["text.txt", "", { type: "file", format: "text", content: "行一\nline two" }],
    [
      "text.txt",
      "format=base64",
      { format: "base64", content: btoa("\xe8\xa1\x8c\xe4\xb8\x80\nline two") },
    ],
    ["text.txt", "content=0", { content: null, format: null, size: 15, writable: true }],
    [
      "picture.png",
      "",
      { format: "base64", mimetype: "image/png", content: png.toString("base64") },
    ],
    ["06.ipynb", "type=file", { type: "file", format: "text", content: onDisk }],
    ["06.ipynb", "content=0", { type: "notebook", format: null, content: null, mimetype: null }],
    ["zh", "content=0", { type: "directory", format: null, content: null, size: null, path: "zh" }],
    ["zh/", "", { type: "directory", format: "json", name: "zh" }],
    ["", "content=0", { type: "directory", name: "", path: "" }],
  ];
  for (const [path, query, expected] of cases) {
    const { status, body } = await lab.ask("GET", `api/contents/${path}?${query}`);
    assert.is(status, 200, path);
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(body[key], value, `${path}?${query}: ${key}`);
    }
  }
});

test("a notebook arrives with joined lines", async () => {
  const { body } = await lab.ask("GET", "api/contents/06.ipynb");
  const [markdown, code] = body.content.cells;
  assert.is(markdown.source, "# 动量\ntext");
  assert.is(code.source, "1\n2");
  assert.is(code.outputs[0].text, "1\n2\n");
  assert.is(code.outputs[1].data["text/plain"], "3");
  assert.equal(code.outputs[1].data["application/json"], ["kept"]);
});

test("a notebook that is saved as it was read leaves the same bytes", async () => {
  const { body } = await lab.ask("GET", "api/contents/06.ipynb");
  const { status } = await lab.ask("PUT", "api/contents/06.ipynb", body);
  assert.is(status, 200);
  assert.is(readFileSync(file("06.ipynb"), "utf8"), onDisk);
});

test("hash=1 gives the digest of the file's bytes, and a save gives the new one", async () => {
  const digest = (name: string) =>
    createHash("sha256")
      .update(readFileSync(file(name)))
      .digest("hex");
  const read = await lab.ask("GET", "api/contents/text.txt?content=0&hash=1");
  assert.is(read.body.hash, digest("text.txt"));
  assert.is(read.body.hash_algorithm, "sha256");
  const model = { type: "file", format: "text", content: "new" };
  const saved = await lab.ask("PUT", "api/contents/text.txt", model);
  assert.is(saved.body.hash, digest("text.txt"));
  assert.is.not(saved.body.hash, read.body.hash);
});

test("bad requests are refused with a reason, and nothing is written", async () => {
  const text = { type: "file", format: "text", content: "x" };
  const cases: [string, string, unknown, number, RegExp][] = [
    ["GET", "none.txt", undefined, 404, /none\.txt/],
    ["GET", "text.txt?type=directory", undefined, 400, /type: directory/],
    ["GET", "zh?type=file", undefined, 400, /type: file/],
    ["GET", "picture.png?format=text", undefined, 400, /UTF-8/],
    ["GET", "text.txt?content=2", undefined, 400, /content: 2/],
    ["PUT", "zh", text, 409, /folder/],
    ["PUT", "text.txt", { type: "directory" }, 409, /file/],
    ["PUT", "new.txt", { ...text, type: "soup" }, 400, /type: soup/],
    ["PUT", "new.txt", { ...text, format: "soup" }, 400, /format: soup/],
    ["PUT", "new.txt", { type: "file" }, 400, /content: none/],
    ["PUT", "new.txt", [], 400, /object/],
    ["PUT", "new.ipynb", { type: "notebook", content: { nbformat: 3 } }, 400, /nbformat: 3/],
    ["PUT", "new.ipynb", { type: "notebook", content: { nbformat: 4 } }, 400, /cells/],
    ["PATCH", "text.txt", { path: "picture.png" }, 409, /already/],
    ["PATCH", "none.txt", { path: "new.txt" }, 404, /none/],
    ["DELETE", "zh", undefined, 400, /not empty/],
    ["DELETE", "none.txt", undefined, 404, /none/],
    ["POST", "text.txt", { type: "file" }, 400, /not a folder/],
  ];
  const before = readdirSync(lab.root).sort();
  for (const [method, path, body, status, message] of cases) {
    const reply = await lab.ask(method, `api/contents/${path}`, body);
    assert.is(reply.status, status, `${method} ${path}: ${JSON.stringify(reply.body)}`);
    assert.match(reply.body.message, message);
  }
  assert.equal(readdirSync(lab.root).sort(), before);
});

test("a broken notebook file says what is wrong with it", async () => {
  const cases: [string, RegExp][] = [
    ["{ broken", /not JSON/],
    ['{"nbformat": 3, "worksheets": []}', /nbformat: 3/],
    ['{"nbformat": 4}', /no list of cells/],
  ];
  for (const [content, message] of cases) {
    writeFileSync(file("broken.ipynb"), content);
    const { status, body } = await lab.ask("GET", "api/contents/broken.ipynb");
    assert.is(status, 400);
    assert.match(body.message, message);
  }
});

test("POST makes untitled files, and copies", async () => {
  const cases: [string, object, string][] = [
    ["zh", { type: "notebook" }, "zh/Untitled.ipynb"],
    ["zh", { type: "notebook" }, "zh/Untitled1.ipynb"],
    ["zh", { type: "directory" }, "zh/Untitled Folder"],
    ["zh", { type: "directory" }, "zh/Untitled Folder 1"],
    ["zh", { type: "file", ext: "ts" }, "zh/untitled.ts"],
    ["zh", { type: "file", ext: ".ts" }, "zh/untitled1.ts"],
    ["zh", { copy_from: "06.ipynb" }, "zh/06.ipynb"],
    ["zh", { copy_from: "zh/06.ipynb" }, "zh/06-Copy1.ipynb"],
    ["zh", { copy_from: "zh/06-Copy1.ipynb" }, "zh/06-Copy2.ipynb"],
  ];
  for (const [folder, body, path] of cases) {
    const reply = await lab.ask("POST", `api/contents/${folder}`, body);
    assert.is(reply.status, 201, JSON.stringify(reply.body));
    assert.is(reply.body.path, path);
    assert.match(reply.headers.get("location") ?? "", /^\/api\/contents\/zh\//);
    assert.ok(existsSync(file(path)));
  }
  const { body } = await lab.ask("GET", "api/contents/zh/Untitled.ipynb");
  assert.equal([body.content.nbformat, body.content.cells], [4, []]);
});

test("a checkpoint is made, restored, and follows its file", async () => {
  const at = (name: string) => `api/contents/${name}/checkpoints`;
  assert.equal((await lab.ask("GET", at("text.txt"))).body, []);
  assert.is((await lab.ask("POST", `${at("text.txt")}/checkpoint`)).status, 404);
  assert.is((await lab.ask("POST", at("text.txt"))).status, 201);
  assert.is((await lab.ask("GET", at("text.txt"))).body[0].id, "checkpoint");
  writeFileSync(file("text.txt"), "changed");
  assert.is((await lab.ask("POST", `${at("text.txt")}/checkpoint`)).status, 204);
  assert.is(readFileSync(file("text.txt"), "utf8"), "行一\nline two");
  await lab.ask("PATCH", "api/contents/text.txt", { path: "moved.txt" });
  assert.is((await lab.ask("GET", at("moved.txt"))).body.length, 1);
  assert.is((await lab.ask("DELETE", `${at("moved.txt")}/checkpoint`)).status, 204);
  assert.equal((await lab.ask("GET", at("moved.txt"))).body, []);
  await lab.ask("POST", at("moved.txt"));
  await lab.ask("DELETE", "api/contents/moved.txt");
  assert.equal(readdirSync(file(".ipynb_checkpoints")), []);
  assert.is((await lab.ask("GET", at("none.txt"))).status, 404);
});

test("a large file arrives in pieces and appears when it is whole", async () => {
  const put = (chunk: number, content: string) =>
    lab.ask("PUT", "api/contents/large.bin", {
      type: "file",
      format: "base64",
      chunk,
      content: Buffer.from(content).toString("base64"),
    });
  assert.is((await put(2, "b")).status, 400);
  assert.is((await put(1, "a")).status, 201);
  assert.is((await put(2, "b")).status, 201);
  assert.not(existsSync(file("large.bin")));
  const last = await put(-1, "c");
  assert.equal([last.status, last.body.size], [201, 3]);
  assert.is(readFileSync(file("large.bin"), "utf8"), "abc");
  await put(1, "never finished");
});

test("a save keeps the file's mode and goes through a link inside the root", async () => {
  chmodSync(file("text.txt"), 0o640);
  symlinkSync(file("text.txt"), file("alias.txt"));
  const model = { type: "file", format: "text", content: "through the link" };
  assert.is((await lab.ask("PUT", "api/contents/alias.txt", model)).status, 200);
  assert.is(readFileSync(file("text.txt"), "utf8"), "through the link");
  assert.is(statSync(file("text.txt")).mode & 0o777, 0o640);
  assert.ok(lstatSync(file("alias.txt")).isSymbolicLink());
});

test("a file is downloaded with its type and name", async () => {
  const shown = await lab.ask("GET", "files/text.txt");
  assert.is(shown.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.is(shown.body, "行一\nline two");
  writeFileSync(file("动量.csv"), "a,b");
  const { headers } = await lab.ask("GET", `files/${encodeURIComponent("动量.csv")}?download=1`);
  const name = encodeURIComponent("动量.csv");
  assert.is(headers.get("content-disposition"), `attachment; filename*=UTF-8''${name}`);
  writeFileSync(file("empty.txt"), "");
  assert.is((await lab.ask("GET", "files/empty.txt")).body, "");
});

test("close() removes what was left of an upload", async () => {
  const other = await startTestLab({ root: newFolder() });
  const piece = { type: "file", format: "text", chunk: 1, content: "piece" };
  await other.ask("PUT", "api/contents/large.txt", piece);
  assert.is(readdirSync(other.root).length, 1);
  await other.close();
  assert.equal(readdirSync(other.root), []);
});

test.run();
