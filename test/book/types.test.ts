/**
 * The cells of the book are plain JavaScript, which the kernel runs unchecked. As soon as a reader
 * writes one line of TypeScript among them they are checked, too, and must still run.
 */
import type { ICell, ICodeCell, INotebookContent } from "@jupyterlab/nbformat";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { kernelSpec, resourceDir } from "../../kernel/install.ts";
import { startLab } from "../../lab/server/index.ts";
import { readChapters } from "../../notebooks/build.ts";
import { withoutOutputs } from "../../notebooks/notebook.ts";
import { runNotebooks } from "../../notebooks/run.ts";
import { fromRoot } from "../../root.ts";

const typescript = (id: string, source: string, tags: string[] = []): ICell => ({
  cell_type: "code",
  execution_count: null,
  id,
  metadata: { tags },
  outputs: [],
  source,
});

/** The notebook of a chapter with a line of TypeScript before it and a type error behind it. */
function typed(id: string): string {
  const file = fromRoot("notebooks", "en", `${id}.ipynb`);
  const book = withoutOutputs(JSON.parse(readFileSync(file, "utf8")) as INotebookContent);
  const first = typescript("first", "let typed: number = 1;");
  const last = typescript("last", 'typed = "one";', ["raises-exception"]);
  return JSON.stringify({ ...book, cells: [first, ...book.cells, last] });
}

test("every cell type-checks", async () => {
  const root = mkdtempSync(join(tmpdir(), "downhill-types-"));
  const chapters = readChapters().map(({ id }) => id);
  for (const id of chapters) writeFileSync(join(root, `${id}.ipynb`), typed(id));
  const kernelSpecs = { downhill: { spec: kernelSpec(), resourceDir } };
  const lab = await startLab({ root, kernelSpecs });
  try {
    const server = { url: lab.url, token: lab.token, root };
    const results = await runNotebooks({ paths: [root], server, update: true, log: () => {} });
    const failed = results.flatMap(({ cells, problem }) => [
      ...(problem === undefined ? [] : [problem]),
      ...cells.filter(({ status }) => status === "failed"),
    ]);
    assert.equal(failed, []);
    for (const id of chapters) {
      const book = JSON.parse(readFileSync(join(root, `${id}.ipynb`), "utf8")) as INotebookContent;
      const [output] = (book.cells.at(-1) as ICodeCell).outputs;
      assert.is(output?.ename, "TypeScriptError", "the checker itself must be at work");
    }
  } finally {
    await lab.close();
    rmSync(root, { recursive: true, force: true });
  }
});

test.run();
