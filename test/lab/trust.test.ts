/** Which notebooks may run their scripts when they are opened. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { notebookDigest } from "../../lab/server/trust.ts";
import { newFolder, startTestLab } from "./lab.ts";

const html = (text: string) => ({
  output_type: "display_data",
  data: { "text/html": text },
  metadata: {},
});

const cell = (source: string | string[], outputs: object[] = [], metadata = {}) => ({
  cell_type: "code",
  id: "a",
  execution_count: null,
  metadata,
  source,
  outputs,
});

const notebook = (...cells: object[]) => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });

const risky = notebook(cell("1", [html("<script>1</script>")]));

test("the digest depends on the content and not on its layout", () => {
  const same = [
    risky,
    { nbformat_minor: 5, nbformat: 4, metadata: {}, cells: risky.cells },
    notebook(cell(["1"], [html("<script>1</script>")])),
    notebook(cell("1", [html("<script>1</script>")], { trusted: true })),
    { ...risky, metadata: { signature: "sha256:0" } },
  ];
  const other = [
    notebook(cell("2", [html("<script>1</script>")])),
    notebook(cell("1", [html("<script>2</script>")])),
    notebook(cell("1", [html("<script>1</script>")], { tags: ["x"] })),
    notebook(...risky.cells, ...risky.cells),
  ];
  for (const one of same) assert.is(notebookDigest(one), notebookDigest(risky));
  for (const one of other) assert.is.not(notebookDigest(one), notebookDigest(risky));
  assert.match(notebookDigest(risky), /^[0-9a-f]{64}$/);
});

test("a notebook is trusted by the list, by a signature, and until it changes", async () => {
  const root = newFolder();
  const file = join(root, "a.ipynb");
  const stateDir = join(newFolder(), "state");
  const listed = notebook(cell("listed", [html("<script>0</script>")]));
  let lab = await startTestLab({ root, stateDir, trusted: new Set([notebookDigest(listed)]) });
  const write = (content: object) => writeFileSync(file, JSON.stringify(content));
  const trusted = async () => {
    const { body } = await lab.ask("GET", "api/contents/a.ipynb");
    return body.content.cells[0].metadata.trusted as boolean;
  };
  const save = (content: object) =>
    lab.ask("PUT", "api/contents/a.ipynb", { type: "notebook", content });

  write(listed);
  assert.is(await trusted(), true, "on the list");
  write(risky);
  assert.is(await trusted(), false, "a stranger");

  await save(risky);
  assert.is(await trusted(), false, "saved without trust");
  await save(notebook(cell("1", [html("<script>1</script>")], { trusted: true })));
  assert.is(await trusted(), true, "saved with trust");
  assert.not.match(readFileSync(file, "utf8"), /trusted/, "the mark is not written");

  await lab.close();
  lab = await startTestLab({ root, stateDir });
  assert.is(await trusted(), true, "after a restart");
  for (const name of ["secret", "signatures"]) {
    assert.is(statSync(join(stateDir, "trust", name)).mode & 0o777, 0o600, name);
  }

  write(notebook(cell("1", [html("<script>changed</script>")])));
  assert.is(await trusted(), false, "changed outside");
  assert.is((await lab.ask("POST", "api/contents/a.ipynb/trust")).status, 201);
  assert.is(await trusted(), true, "trusted by its reader");
  await lab.close();

  lab = await startTestLab({ root });
  assert.is(await trusted(), false, "another user's state");
  await lab.close();
});

test("what needs trust: anything but text and pictures", async () => {
  const lab = await startTestLab();
  const shown = (data: object) => ({ output_type: "display_data", data, metadata: {} });
  const cases: [string, object[], boolean][] = [
    ["no output", [], true],
    ["a stream", [{ output_type: "stream", name: "stdout", text: "1" }], true],
    ["text", [shown({ "text/plain": "1" })], true],
    ["a picture", [shown({ "image/png": "AAAA", "text/plain": "1" })], true],
    ["HTML", [shown({ "text/html": "<b>1</b>" })], false],
    ["SVG", [shown({ "image/svg+xml": "<svg/>", "text/plain": "1" })], false],
    ["text, then HTML", [shown({ "text/plain": "1" }), shown({ "text/html": "1" })], false],
  ];
  for (const [name, outputs, expected] of cases) {
    const content = notebook(cell(name, outputs));
    await lab.ask("PUT", "api/contents/a.ipynb", { type: "notebook", content });
    const { body } = await lab.ask("GET", "api/contents/a.ipynb");
    assert.is(body.content.cells[0].metadata.trusted, expected, name);
  }
  await lab.close();
});

test.run();
