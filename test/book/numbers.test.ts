/** What the prose claims was computed: its numbers stand in outputs, in code, or in a table beside this file. */
import type { ICodeCell, INotebookContent } from "@jupyterlab/nbformat";
import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import * as autograd from "../../lib/autograd/index.ts";
import * as optim from "../../lib/optim/index.ts";
import * as surfaces from "../../lib/teach/surfaces.ts";
import { type Chapter, languages } from "../../notebooks/chapter.ts";
import { readChapters } from "../../notebooks/build.ts";
import { fromRoot } from "../../root.ts";

interface Elsewhere {
  /** Cells whose functions the expressions call. */
  cells: string[];
  /** A number that no cell prints: what it is. */
  numbers: Record<string, string>;
}

/** From `numbers/NN-name.yml`, beside this file. */
function elsewhere(id: string): Elsewhere {
  const file = fromRoot("test", "book", "numbers", `${id}.yml`);
  if (!existsSync(file)) return { cells: [], numbers: {} };
  return parse(readFileSync(file, "utf8")) as Elsewhere;
}

/** What cells find preloaded, as far as expressions need it. */
const preloaded = { ...autograd, ...optim, ...surfaces };

/** Three signs or more: smaller numbers count things. */
const numbersIn = (text: string) =>
  (text.replaceAll("−", "-").match(/(?<![\w.])\d+(?:\.\d+)?(?!\w)/g) ?? [])
    .filter((digits) => digits.replace(".", "").length >= 3)
    .map(Number);

/** Lines that cite a source, and years and versions, have their numbers from elsewhere. */
const cited = /doi|arXiv|PyTorch[,，]|^- \p{Lu}.*\((?:18|19|20)\d\d\)/u;
const dated = /\d+\.\d+\.\d+|(?<!\d)(?:19|20)\d\d(?!\d)/g;

for (const chapter of readChapters()) {
  const { id, cells, quizzes } = chapter;
  const { numbers, cells: needed } = elsewhere(id);

  for (const lang of languages) {
    test(`${id} ${lang}: every number of three signs or more was computed`, () => {
      const file = fromRoot("notebooks", lang, `${id}.ipynb`);
      const book = JSON.parse(readFileSync(file, "utf8")) as INotebookContent;
      const shown = book.cells.flatMap((cell) =>
        cell.cell_type === "code" ? seen(cell as ICodeCell) : [],
      );
      const known = new Set([...shown.flatMap(numbersIn), ...Object.keys(numbers).map(Number)]);
      const prose = cells.flatMap((cell) => (cell.kind === "prose" ? [cell.text[lang]] : []));
      const reasons = Object.values(quizzes).flatMap(({ options }) =>
        options.map(({ why }) => why[lang]),
      );
      const claims = [...prose, ...reasons]
        .flatMap((text) => text.split("\n"))
        .filter((line) => !cited.test(line))
        .flatMap((line) => numbersIn(line.replace(dated, "")));
      assert.ok(claims.length > 0);
      assert.equal(
        [...new Set(claims)].filter((claim) => !known.has(claim)),
        [],
      );
    });
  }

  for (const [claim, expression] of Object.entries(numbers)) {
    test(`${id}: ${claim} is ${expression}`, async () => {
      const value = await compute(chapter, needed, expression);
      const decimals = claim.split(".")[1]?.length;
      const unit =
        decimals === undefined ? 10 ** (/0*$/.exec(claim)?.[0].length ?? 0) : 10 ** -decimals;
      assert.ok(Math.abs(value - Number(claim)) <= unit / 2, String(value));
    });
  }
}

/** The code of a cell and what it printed. */
function seen({ source, outputs }: ICodeCell): string[] {
  const printed = outputs.map((output) => {
    const data = output.data as Record<string, unknown> | undefined;
    return [output.text ?? data?.["text/plain"] ?? ""].flat().join("");
  });
  return [[source].flat().join(""), ...printed];
}

async function compute({ cells }: Chapter, needed: string[], expression: string) {
  const code = cells.flatMap((cell) =>
    cell.kind === "code" && needed.includes(cell.id) ? [cell.code] : [],
  );
  // The cells' own awaits want an asynchronous function; the names are declared by its parameters.
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const text = `${code.join("\n")}\nreturn ${expression}`;
  const run = new AsyncFunction(...Object.keys(preloaded), `{ ${text} }`);
  return (await run(...Object.values(preloaded))) as number;
}

test.run();
