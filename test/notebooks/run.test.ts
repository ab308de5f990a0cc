/** The runner against the embedded server and the real kernel: on small notebooks, then on the book. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { kernelSpec, resourceDir } from "../../kernel/install.ts";
import { startLab, type Lab } from "../../lab/server/index.ts";
import type { CellResult } from "../../notebooks/execute.ts";
import { allPassed, runNotebooks, type RunOptions } from "../../notebooks/run.ts";
import { fromRoot } from "../../root.ts";

interface Cell {
  id: string;
  source: string;
  tags?: string[];
  outputs?: object[];
}

function notebook(...cells: Cell[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: cells.map(({ id, source, tags = [], outputs }) => ({
      cell_type: "code",
      id,
      source,
      metadata: { tags },
      execution_count: outputs === undefined ? null : 1,
      outputs: outputs ?? [],
    })),
  });
}

const stdout = (text: string) => ({ output_type: "stream", name: "stdout", text });

/** One cell each, what becomes of it, and what the report says. */
const cases: (Cell & { status: CellResult["status"]; says?: RegExp })[] = [
  { id: "fine", source: "1 + 1", status: "passed" },
  {
    id: "throws",
    source: "const a: number = 1;\nJSON.parse('{')",
    status: "failed",
    says: /SyntaxError/,
  },
  {
    id: "expected",
    source: "throw new RangeError('x')",
    tags: ["raises-exception"],
    status: "passed",
  },
  { id: "silent", source: "1", tags: ["raises-exception"], status: "failed", says: /must throw/ },
  {
    id: "other-error",
    source: "throw new RangeError('x')",
    tags: ["raises-exception"],
    outputs: [{ output_type: "error", ename: "TypeError", evalue: "", traceback: [] }],
    status: "failed",
    says: /RangeError.*TypeError/,
  },
  { id: "skipped", source: "throw 1", tags: ["skip-execution"], status: "skipped" },
  { id: "same", source: "console.log('a')", outputs: [stdout("a\n")], status: "passed" },
  {
    id: "changed",
    source: "console.log('b')",
    outputs: [stdout("a\n")],
    status: "failed",
    says: /Saved: .*a[\s\S]*now: .*b/,
  },
  {
    id: "volatile",
    source: "console.log('b')",
    tags: ["volatile"],
    outputs: [stdout("a\n")],
    status: "passed",
  },
  { id: "endless", source: "while (true) {}", status: "failed", says: /over 3 s/ },
  { id: "alive", source: "a", status: "passed" },
];

const test = suite<{ folder: string; lab: Lab }>("runner");

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), "downhill-run-"));
  context.lab = await startLab({
    root: "/",
    // The book's cells are JavaScript; what TypeScript says of them is test/book/types.
    kernelSpecs: {
      downhill: { spec: { ...kernelSpec(), env: { DOWNHILL_TYPECHECK: "off" } }, resourceDir },
    },
    stateDir: join(context.folder, "state"),
  });
});

test.after(async ({ lab, folder }) => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

function runner(lab: Lab, paths: string[], more: Partial<RunOptions> = {}) {
  const server = { url: lab.url, token: lab.token, root: "/" };
  return runNotebooks({ paths, server, log() {}, ...more });
}

test("every cell is judged, also after failures", async ({ lab, folder }) => {
  const file = join(folder, "cases.ipynb");
  writeFileSync(file, notebook(...cases));
  const report = join(folder, "report.xml");
  const results = await runner(lab, [file], { timeout: 3, junit: report });
  assert.not(allPassed(results));
  const cells = results[0]?.cells ?? [];
  assert.equal(
    cells.map(({ cell, status }) => [cell, status]),
    cases.map(({ id, status }) => [id, status]),
  );
  cases.forEach(({ id, says }, index) => {
    if (says) assert.match(cells[index]?.problem ?? "", says, id);
  });
  const xml = readFileSync(report, "utf8");
  const failures = cases.filter(({ status }) => status === "failed").length;
  assert.match(xml, `tests="${cases.length}" failures="${failures}"`);
  assert.not.match(xml, "\x1b");
});

test("--update writes the outputs, and the second run finds them unchanged", async ({
  lab,
  folder,
}) => {
  const file = join(folder, "update.ipynb");
  writeFileSync(file, notebook({ id: "one", source: "console.log(6 * 7);\n({ a: 1 })" }));
  assert.ok(allPassed(await runner(lab, [file], { update: true })));
  assert.match(readFileSync(file, "utf8"), "42");
  const before = readFileSync(file, "utf8");
  assert.ok(allPassed(await runner(lab, [file])));
  assert.is(readFileSync(file, "utf8"), before);
});

test("a path that holds no notebook is an error that names it", async ({ lab, folder }) => {
  mkdirSync(join(folder, "empty"));
  for (const [path, says] of [
    [join(folder, "nowhere.ipynb"), /nowhere\.ipynb\. There is no such file/],
    [join(folder, "empty"), /empty\. The folder holds no \.ipynb/],
  ] as const) {
    const problem = await runner(lab, [path]).then(() => null, String);
    assert.match(problem ?? "", says);
  }
});

test("`downhill run` takes a notebook from anywhere, and ends when it is done", ({ folder }) => {
  const file = join(folder, "elsewhere.ipynb");
  writeFileSync(file, notebook({ id: "sum", source: "console.log(6 * 7)" }));
  const run = (...args: string[]) => {
    const all = [fromRoot("dist", "cli.js"), "run", ...args];
    return spawnSync(process.execPath, all, { cwd: fromRoot("kernel"), encoding: "utf8" });
  };
  const { status, stdout } = run(file, "--update");
  assert.is(status, 0, stdout);
  assert.match(readFileSync(file, "utf8"), "42");
  const missing = run("--server", "http://127.0.0.1:9", file);
  assert.is(missing.status, 1);
  assert.match(missing.stderr, /^server: http:\/\/127.0.0.1:9\. It does not answer/);
});

// It once asked a server that was gone for ten seconds more.
test("`downhill run` ends soon where no kernel was started", ({ folder }) => {
  mkdirSync(join(folder, ".hidden"));
  const file = join(folder, ".hidden", "a.ipynb");
  writeFileSync(file, notebook({ id: "sum", source: "1" }));
  const args = [fromRoot("dist", "cli.js"), "run", file];
  const { status, stdout } = spawnSync(process.execPath, args, { timeout: 9000, encoding: "utf8" });
  assert.is(status, 1, stdout);
  assert.match(stdout, /There is no such file/);
});

test("a server that refuses the token is an error that says so", async ({ lab, folder }) => {
  const server = { url: lab.url, token: "wrong", root: folder };
  const refused = await runNotebooks({ paths: [folder], server }).catch(String);
  assert.match(String(refused), /server: http.*\. It answers 403 .*--token/);
});

test("a kernel that dies at its start is reported, and nothing is written", async ({ folder }) => {
  const dead = { ...kernelSpec(), argv: [process.execPath, "-e", "process.exit(1)"] };
  const lab = await startLab({
    root: "/",
    kernelSpecs: { downhill: { spec: dead } },
    stateDir: join(folder, "dead-state"),
    log() {},
  });
  try {
    const file = join(folder, "dead.ipynb");
    writeFileSync(file, notebook({ id: "one", source: "1" }));
    const before = readFileSync(file, "utf8");
    const [result] = await runner(lab, [file], { update: true });
    assert.match(result?.problem ?? "", /kernel/i);
    assert.is(readFileSync(file, "utf8"), before);
  } finally {
    await lab.close();
  }
});

test("the book runs in both languages and its outputs are the saved ones", async ({ lab }) => {
  const results = await runner(lab, [fromRoot("notebooks", "zh"), fromRoot("notebooks", "en")]);
  const problems = results.flatMap(({ notebook, cells, problem }) => [
    ...(problem === undefined ? [] : [{ notebook, problem }]),
    ...cells.filter((cell) => cell.status === "failed").map((cell) => ({ notebook, ...cell })),
  ]);
  assert.equal(problems, []);
  assert.ok(results.every(({ cells }) => cells.length > 3));
});

test.run();
