/** A letter that the fonts of the PNGs lack would vanish without a word. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gameWords } from "../../lib/teach/games/words.ts";
import { rasterize } from "../../lib/teach/png.ts";
import type { ChapterRecord } from "../../lib/teach/record.ts";
import { words } from "../../lib/teach/words.ts";
import { fromRoot } from "../../root.ts";

const CELL = 24;
const COLUMNS = 50;

/** The letters that leave no ink. */
async function invisible(letters: string[]): Promise<string[]> {
  const rows = Math.ceil(letters.length / COLUMNS);
  const [width, height] = [COLUMNS * CELL, rows * CELL];
  const escape = (letter: string) => `&#${letter.codePointAt(0)};`;
  const cells = letters.map((letter, i) => {
    const [x, y] = [(i % COLUMNS) * CELL + 3, Math.floor(i / COLUMNS) * CELL + 17];
    return `<text x="${x}" y="${y}" font-size="14">${escape(letter)}</text>`;
  });
  const size = `width="${width}" height="${height}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${cells.join("")}</svg>`;
  const { pixels } = await rasterize(svg);
  const inked = new Set<number>();
  for (let i = 3; i < pixels.length; i += 4) {
    if (pixels[i] === 0) continue;
    const at = (i - 3) / 4;
    inked.add(Math.floor(at / width / CELL) * COLUMNS + Math.floor((at % width) / CELL));
  }
  return letters.filter((_, i) => !inked.has(i));
}

/** What figures can say: the chapters' strings and titles, and the outputs' own words. */
function bookLetters(): string[] {
  const folder = fromRoot("notebooks", "records");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const said = files
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as ChapterRecord)
    .map(({ title, strings }) => JSON.stringify([title, strings]));
  const letters = new Set([...said.join(""), ...JSON.stringify([words, gameWords])]);
  return [...letters].filter((letter) => !/[\s\p{Extended_Pictographic}\p{Cf}\p{M}]/u.test(letter));
}

test("the fonts have every letter that a figure of the book can say", async () => {
  assert.equal(await invisible(bookLetters()), []);
});

test("the fonts have the signs of the book's mathematics", async () => {
  const signs = "αβγδεζηθκλμνξπρστφχψωΔΣΩ∇∂√∞≈≠≤≥±×÷·−∈∝←→↑↓‖⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉ₜ½¼…“”‘’—";
  assert.equal(await invisible([...signs]), []);
});

test("a letter that is not there is noticed", async () => {
  assert.equal(await invisible(["好", "饕"]), ["饕"]);
});

test("the fonts come with their licence", () => {
  const folder = fromRoot("lib", "teach", "fonts");
  const licence = readFileSync(`${folder}/OFL.txt`, "utf8");
  for (const file of readdirSync(folder).filter((name) => /\.(otf|ttf)$/.test(name))) {
    assert.ok(licence.includes(file), file);
  }
});

test.run();
