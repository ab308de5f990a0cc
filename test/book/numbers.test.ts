/** What the prose claims was computed: its numbers stand in outputs, in code, or in the table here. */
import type { ICodeCell, INotebookContent } from "@jupyterlab/nbformat";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { SGD } from "../../lib/optim/index.ts";
import { type Chapter, languages } from "../../notebooks/chapter.ts";
import { readChapters } from "../../notebooks/build.ts";
import { fromRoot } from "../../root.ts";

interface Elsewhere {
  /** Cells whose functions the expressions call. */
  cells: string[];
  /** A number that no cell prints: what it is. */
  numbers: Record<string, string>;
}

const elsewhere: Record<string, Elsewhere> = {
  "06-momentum": {
    cells: ["walk", "roll"],
    numbers: {
      "0.18": "0.1 * 1.8",
      "0.35": "0.9 ** 10",
      "0.01": "0.9 ** 44",
      "0.81": "0.9 ** 2",
      "0.033": "(2 / 11) ** 2",
      "0.669": "(9 / 11) ** 2",
      "0.4675": "(1 - Math.sqrt(0.1)) ** 2",
      "0.46": "Math.floor(100 * (1 - Math.sqrt(0.1)) ** 2) / 100",
      "0.47": "Math.ceil(100 * (1 - Math.sqrt(0.1)) ** 2) / 100",
      "47": "roll((x) => x, 1, { lr: 0.1, momentum: 0.46 }, 99).findIndex((x) => x < 1e-6)",
      "42": "roll((x) => x, 1, { lr: 0.1, momentum: 0.47 }, 99).findIndex((x) => x < 1e-6)",
      "1440": "((1 + Math.sqrt(0.9)) / (1 - Math.sqrt(0.9))) ** 2",
      "158000": "((1 + Math.sqrt(0.99)) / (1 - Math.sqrt(0.99))) ** 2",
      "0.8186": "(19 / 21) ** 2",
      "0.00907": "(2 / 21) ** 2",
      "0.039": "roll((x) => x, 1, { lr: 0.1, momentum: 0.99 }, 300).at(-1)",
      "2833": "walk({ lr: 2 / 401 }, 400).length - 1",
      "198": "walk({ lr: (2 / 21) ** 2, momentum: (19 / 21) ** 2 }, 400).length - 1",
    },
  },
};

/** Three signs or more: smaller numbers count things. */
const numbersIn = (text: string) =>
  (text.replaceAll("−", "-").match(/(?<![\w.])\d+(?:\.\d+)?(?!\w)/g) ?? [])
    .filter((digits) => digits.replace(".", "").length >= 3)
    .map(Number);

/** Lines that cite a source, and years and versions, have their numbers from elsewhere. */
const cited = /doi|arXiv|Dokl\.|ICML|PyTorch,/;
const dated = /\d+\.\d+\.\d+|(?<!\d)(?:19|20)\d\d(?!\d)/g;

for (const chapter of readChapters()) {
  const { id, cells, quizzes } = chapter;
  const { numbers = {}, cells: needed = [] } = elsewhere[id] ?? {};

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
      assert.ok(claims.length > 10);
      assert.equal(
        [...new Set(claims)].filter((claim) => !known.has(claim)),
        [],
      );
    });
  }

  for (const [claim, expression] of Object.entries(numbers)) {
    test(`${id}: ${claim} is ${expression}`, () => {
      const value = compute(chapter, needed, expression);
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

function compute({ cells }: Chapter, needed: string[], expression: string): number {
  const code = cells.flatMap((cell) =>
    cell.kind === "code" && needed.includes(cell.id) ? [cell.code] : [],
  );
  const run = new Function("SGD", "tensor", `${code.join("\n")}\nreturn ${expression}`);
  return run(SGD, tensor) as number;
}

test.run();
