/**
 * Notebooks written for tslab run here unchanged: the same cells, in the same order, in the real
 * tslab and in this kernel, compared cell by cell. A notebook is a file of tslab/: what lies beside
 * it (`files`) and its cells. What a cell did is brought into one form first (see tslab/oracle.ts):
 * the value of the last expression counts as printed text, an error is its first line, a type error
 * the first message with its line.
 *
 * Both must do the same, unless the cell names a reason from tslab/differences.yml; then each must
 * do exactly what the cell says. So a new difference fails, and so does one that is gone.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readYaml, runNotebook } from "./tslab/oracle.ts";
import type { Notebook, Outcome } from "./tslab/oracle.ts";

const notebooks = ["language", "async", "display", "imports", "outputs", "errors", "bugs"];
const MIN_CELLS = 60;

const test = suite("tslab-differences");
const corpus = notebooks.map((name) => ({ name, notebook: readYaml<Notebook>(name) }));
const reasons = readYaml<Record<string, { en: string; zh: string }>>("differences");

for (const { name, notebook } of corpus) {
  test(`${name}: ${notebook.cells.length} cells`, async () => {
    const [tslab, downhill] = (await Promise.all([
      runNotebook(notebook, "tslab"),
      runNotebook(notebook, "downhill"),
    ])) as [Outcome[], Outcome[]];
    const wrong = notebook.cells.flatMap((cell, i) => {
      const seen = { tslab: tslab[i]!, downhill: downhill[i]! };
      const said = cell.differs
        ? { tslab: cell.tslab, downhill: cell.downhill }
        : { tslab: seen.tslab, downhill: seen.tslab };
      const fails = cell.differs || seen.tslab.status === cell.status;
      if (fails && JSON.stringify(seen) === JSON.stringify(said)) return [];
      return [{ cell: i + 1, code: cell.code, ...seen }];
    });
    assert.equal(wrong, []);
  });
}

test("the corpus is large, and every difference is real and has its reason", () => {
  const cells = corpus.flatMap(({ notebook }) => notebook.cells);
  assert.ok(cells.length >= MIN_CELLS, `${cells.length} cells`);
  const used = new Set(cells.flatMap(({ differs }) => differs ?? []));
  assert.equal([...used].sort(), Object.keys(reasons).sort());
  for (const { code, tslab, downhill } of cells.filter(({ differs }) => differs)) {
    assert.not.equal(tslab, downhill, code);
  }
});

test.run();
