/**
 * The Jupyter clients that people have, each on the installed kernel: nbclient, nbconvert, the
 * console in a terminal, and the classic Notebook in a browser. (JupyterLab: test/browser.)
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { installKernel } from "../../kernel/install.ts";
import { need, pythonWith } from "../need.ts";
import { withoutColours } from "./client.ts";

const LIMIT_MS = 60_000;
const ANSI = /\u001b\[[\d;?]*[A-Za-z]/g;

interface Cell {
  source: string;
  shows: string[];
  tags?: string[];
  /** The answer to its question. */
  asks?: string;
  /** Its output arrives when it has ended. */
  late?: true;
}

/** A cell, and what a client has to show under it: one line for each output. */
const cells: Cell[] = [
  { source: "const kept: number = 40; kept + 2", shows: ["result: 42"] },
  {
    source: "console.log('out'); console.error('err');",
    shows: ["stdout: out\n", "stderr: err\n"],
  },
  {
    source: "void display({ 'text/html': '<b>shown</b>', 'text/plain': 'shown' }, { raw: true });",
    shows: ["display: shown"],
  },
  {
    source: "throw new RangeError('on purpose')",
    shows: ["error: RangeError: on purpose"],
    tags: ["raises-exception"],
  },
  {
    source: "void setTimeout(() => console.log('late'), 30);",
    shows: ["stdout: late\n"],
    late: true,
  },
  { source: "await new Promise((done) => setTimeout(done, 500)); kept", shows: ["result: 40"] },
  { source: "`Hello, ${prompt('Who?')}!`", shows: ["result: 'Hello, 世界!'"], asks: "世界" },
];

/** nbclient ends a cell's outputs at its idle, and answers no questions. */
const inBatch = cells.filter(({ asks, late }) => !asks && !late);

function notebook(these: typeof cells): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "downhill", display_name: "Downhill" } },
    cells: these.map(({ source, tags = [] }, i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      source,
      metadata: { tags },
      execution_count: null,
      outputs: [],
    })),
  });
}

type Output = Record<string, any>;

function line(output: Output): string {
  if (output.output_type === "stream") return `${output.name}: ${[output.text].flat().join("")}`;
  if (output.output_type === "error") return `error: ${output.ename}: ${output.evalue}`;
  const text = withoutColours([output.data["text/plain"]].flat().join(""));
  return `${output.output_type === "execute_result" ? "result" : "display"}: ${text}`;
}

const test = suite<{ folder: string; env: NodeJS.ProcessEnv }>("clients");

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "downhill-clients 客户 "));
  installKernel({ prefix: context.folder });
  context.env = {
    ...process.env,
    HOME: context.folder,
    JUPYTER_PATH: join(context.folder, "share", "jupyter"),
    JUPYTER_RUNTIME_DIR: join(context.folder, "run"),
    JUPYTER_CONFIG_DIR: join(context.folder, "config"),
  };
});
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

const NBCLIENT = `
import sys, nbclient, nbformat
book = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(book, timeout=30).execute()
nbformat.write(book, sys.argv[1])
`;

const nbconvert = need("jupyter-nbconvert");

/** How a notebook is executed without a user. */
const batches: [client: string, program: string | null, args: string[]][] = [
  ["nbclient", pythonWith("nbclient"), ["-c", NBCLIENT, "book.ipynb"]],
  [
    "jupyter nbconvert --execute",
    nbconvert,
    ["--to", "notebook", "--execute", "--inplace", "book.ipynb"],
  ],
];

for (const [client, program, args] of batches) {
  (program ? test : test.skip)(client, ({ folder, env }) => {
    const file = join(folder, "book.ipynb");
    writeFileSync(file, notebook(inBatch));
    const run = spawnSync(program!, args, {
      cwd: folder,
      env,
      encoding: "utf8",
      timeout: LIMIT_MS,
    });
    assert.is(run.status, 0, run.stderr);
    const done = JSON.parse(readFileSync(file, "utf8")) as {
      metadata: Output;
      cells: { outputs: Output[] }[];
    };
    assert.equal(
      done.cells.map(({ outputs }) => outputs.map(line)),
      inBatch.map(({ shows }) => shows),
    );
    assert.is(done.metadata.language_info.file_extension, ".ts");
  });
}

(nbconvert ? test : test.skip)("nbconvert writes a script and coloured HTML", ({ folder, env }) => {
  const file = join(folder, "said.ipynb");
  const book = JSON.parse(notebook(cells)) as Output;
  const { language_info } = JSON.parse(readFileSync(join(folder, "book.ipynb"), "utf8"))
    .metadata as Output;
  book.metadata.language_info = language_info;
  writeFileSync(file, JSON.stringify(book));
  for (const to of ["script", "html"]) {
    const options = { cwd: folder, env, encoding: "utf8", timeout: LIMIT_MS } as const;
    const run = spawnSync(nbconvert!, ["--to", to, file], options);
    assert.is(run.status, 0, run.stderr);
  }
  assert.match(readFileSync(join(folder, "said.ts"), "utf8"), "const kept: number = 40");
  // Pygments knows the language: `const` is a declaration, `number` a type.
  const html = readFileSync(join(folder, "said.html"), "utf8");
  assert.match(html, /<span class="kd">const<\/span>/);
  assert.match(html, /<span class="kt">number<\/span>/);
});

const consoleProgram = need("jupyter-console");
(consoleProgram ? test : test.skip)("jupyter console in a terminal", async ({ folder, env }) => {
  const args = ["--kernel", "downhill", "--simple-prompt"];
  const child = spawn(consoleProgram!, args, { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] });
  const screen = follow(child);
  try {
    for (const [i, { source, asks, shows, late }] of cells.entries()) {
      await screen.until(`In [${i + 1}]: `);
      child.stdin!.write(`${source}\n`);
      if (asks) {
        await screen.until("Who?");
        child.stdin!.write(`${asks}\n`);
      }
      // This console looks for output only while a cell runs.
      if (!late) for (const each of shows) await screen.until(each.replace(/^\w+: |\n$/g, ""));
    }
    await screen.until(`In [${cells.length + 1}]: `);
    const exited = once(child, "exit");
    child.stdin!.end();
    assert.equal(await exited, [0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});

const notebookProgram = need("jupyter-notebook");
const browserPath = need("chromium");
(notebookProgram && browserPath ? test : test.skip)(
  "Jupyter Notebook 6.4 in a browser",
  async ({ folder, env }) => {
    const books = join(folder, "books");
    mkdirSync(books);
    writeFileSync(join(books, "book.ipynb"), notebook(cells));
    const port = await freePort();
    const server = spawn(
      notebookProgram!,
      [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        `--port=${port}`,
        "--NotebookApp.token=secret",
        `--notebook-dir=${books}`,
      ],
      { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] },
    );
    const browser = await chromium.launch({ executablePath: browserPath!, args: FLAGS });
    try {
      const [address] = await follow(server).until(/http:\/\/127\.0\.0\.1:\d+\//);
      const page = await browser.newPage();
      page.setDefaultTimeout(LIMIT_MS / 2);
      await page.goto(`${address}notebooks/book.ipynb?token=secret`);
      await page.waitForFunction("window.Jupyter?.notebook?.kernel?.is_connected()");
      await page.evaluate("Jupyter.notebook.execute_all_cells()");
      await page.locator("input.raw_input").fill("世界");
      await page.locator("input.raw_input").press("Enter");
      await page.getByText("Hello, 世界!").waitFor();
      const outputs = await page.evaluate(
        "Jupyter.notebook.get_cells().map((cell) => cell.output_area.toJSON())",
      );
      const answered = "stdout: Who? 世界\n";
      assert.equal(
        (outputs as Output[][]).map((each) => each.map(line)),
        cells.map(({ shows, asks }) => (asks ? [answered, ...shows] : shows)),
      );
    } finally {
      await browser.close();
      const exited = once(server, "exit");
      // Twice: the first SIGINT asks whether it is meant.
      server.kill("SIGTERM");
      await exited;
    }
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
];

/** What a program writes, and a way to wait for a text after the last one that was found. */
function follow(child: ChildProcess) {
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk.replace(ANSI, "")));
  }
  let from = 0;
  return {
    async until(wanted: string | RegExp): Promise<[string]> {
      for (const limit = Date.now() + LIMIT_MS; Date.now() < limit;) {
        const rest = text.slice(from);
        const found =
          typeof wanted === "string"
            ? { index: rest.indexOf(wanted), 0: wanted }
            : wanted.exec(rest);
        if (found && found.index >= 0) {
          from += found.index + found[0].length;
          return [found[0]];
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`no ${String(wanted)} after ${LIMIT_MS / 1000} s in:\n${text}`);
    },
  };
}

test.run();
