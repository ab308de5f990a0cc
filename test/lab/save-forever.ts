/** Saves a large notebook again and again, each time with other content, until it is killed. */
import { startTestLab } from "./lab.ts";

const lab = await startTestLab({ root: process.argv[2] });
for (let i = 0; ; i++) {
  const source = `${String(i).padStart(8)} ${"x".repeat(1000)}`;
  const cells = Array.from({ length: 1000 }, (_, n) => ({
    cell_type: "markdown",
    id: `c${n}`,
    metadata: {},
    source,
  }));
  const content = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const { status } = await lab.ask("PUT", "api/contents/a.ipynb", { type: "notebook", content });
  if (status !== 200) throw new Error(`save: ${status}`);
  console.log(i);
}
