/** The games: computed, the same every time, readable without scripts, played by keyboard. */
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { Adagrad, Adam, RMSprop, Rprop, SGD } from "../../lib/optim/index.ts";
import { openRecord } from "../../lib/teach/book.ts";
import { type Displayable, jupyterDisplay } from "../../lib/teach/display.ts";
import { exam } from "../../lib/teach/games/exam.ts";
import { guess, type GuessOptions } from "../../lib/teach/games/guess.ts";
import { drawPaper } from "../../lib/teach/games/paper.ts";
import { race, type RaceOptions } from "../../lib/teach/games/race.ts";
import { roulette, type RouletteOptions } from "../../lib/teach/games/roulette.ts";
import { tune, type TuneOptions } from "../../lib/teach/games/tune.ts";
import { gameWords } from "../../lib/teach/games/words.ts";
import type { Lang } from "../../lib/teach/record.ts";
import { bentValley, bowl, saddle, valley } from "../../lib/teach/surfaces.ts";
import { need } from "../need.ts";
import { onPage } from "./browser.ts";
import { chapter } from "./record.ts";
import { untrusted } from "./untrusted.ts";

const test = suite("games");
test.before.each(() => openRecord(chapter, "en"));

const text = { caption: "Which $\\mu$?", alt: "A map." };
const walkers = {
  SGD: { optimizer: SGD, options: { lr: 0.0018 } },
  "heavy <ball>": { optimizer: SGD, options: { lr: 0.0032, momentum: 0.9 } },
  Adagrad: { optimizer: Adagrad, options: { lr: 1.8 } },
  Adam: { optimizer: Adam, options: { lr: 0.56 } },
  RMSprop: { optimizer: RMSprop, options: { lr: 0.01 } },
};

const guessing: GuessOptions = { surface: bentValley(), walkers, steps: 60, ...text };
const racing: RaceOptions = { surface: bentValley(), walkers, steps: 60, rounds: 2, ...text };
const escaping: TuneOptions = {
  surface: saddle(),
  walkers: { SGD: { optimizer: SGD }, Rprop: { optimizer: Rprop } },
  sliders: { lr: { min: 0.01, max: 0.1, value: 0.01, log: true, step: 0.25 } },
  steps: 300,
  height: 0.05,
  tries: 3,
  ...text,
};
const spinning: RouletteOptions = {
  mountains: { "κ = 25": valley(25), "κ = 10": valley(10) },
  optimizer: SGD,
  lrs: [0.001, 0.0056, 0.0224, 0.0631, 0.0891, 0.126],
  steps: 20,
  ...text,
};

const games: Record<string, () => Displayable> = {
  guess: () => guess(guessing),
  race: () => race(racing),
  tune: () => tune(escaping),
  roulette: () => roulette(spinning),
  exam: () => exam({ seed: 7, questions: 4, ...text }),
};

async function show(game: () => Displayable, lang: Lang = "en") {
  openRecord(chapter, lang);
  const bundle = await game()[jupyterDisplay]();
  const html = bundle["text/html"] as string;
  const solution = /<details class="downhill-solution.*?<\/details>/s.exec(html)?.[0] ?? "";
  return { bundle, html, solution };
}

/** The rows of the solution, cell by cell. */
const rowsOf = (solution: string) =>
  [...solution.matchAll(/<tr>(.*?)<\/tr>/gs)]
    .slice(1)
    .map(([, row]) => [...row!.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) => cell!));

for (const [name, game] of Object.entries(games)) {
  for (const lang of ["zh", "en"] as const) {
    test(`${name} ${lang}: without scripts a picture, the rules and the solution remain`, async () => {
      const { html, bundle } = await show(game, lang);
      const left = untrusted(html);
      const words = gameWords[lang];
      const { title, rules } = words[name as "guess"];
      assert.match(left, /<img src="data:image\/svg\+xml,[^"]+" alt="A map\."/);
      for (const said of [title, rules, words.still, words.solution]) {
        assert.ok(left.includes(said), said);
      }
      assert.ok(rowsOf(left).length >= 2 || left.match(/<details/g)!.length >= 5);
      assert.ok((bundle["image/png"] as string).startsWith("iVBOR"));
      assert.ok((bundle["text/plain"] as string).includes(title));
    });
  }

  test(`${name}: the same every time, without ids and inline handlers`, async () => {
    const { html, bundle } = await show(game);
    assert.equal((await show(game)).bundle, bundle);
    const outside = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, "");
    assert.equal(outside.match(/ (id|on\w+)="/g), null);
  });
}

/** Steps of a real optimizer until a height above the floor is reached. */
function stepsTo(
  surface: ReturnType<typeof saddle>,
  make: (w: ReturnType<typeof tensor>) => { step(): unknown },
  height: number,
): number {
  const w = tensor(surface.start, { dtype: "float64", requires_grad: true });
  const optimizer = make(w);
  for (let k = 0; k <= 300; k++) {
    if (surface.value(w.data[0]!, w.data[1]) < height) return k;
    w.grad = tensor(surface.gradient(w.data[0]!, w.data[1]), { dtype: "float64" });
    optimizer.step();
  }
  return Infinity;
}

test("tune: the record is what the library's optimizers reach on the best of all positions", async () => {
  const { solution } = await show(games.tune!);
  const lrs = [0, 1, 2, 3, 4].map((k) => 10 ** (-2 + k / 4));
  const best = (make: (w: ReturnType<typeof tensor>, lr: number) => { step(): unknown }) =>
    Math.min(...lrs.map((lr) => stepsTo(saddle(), (w) => make(w, lr), 0.05)));
  const expected = [best((w, lr) => new SGD([w], { lr })), best((w, lr) => new Rprop([w], { lr }))];
  assert.equal(
    rowsOf(solution).map(([, , steps]) => steps),
    expected.map((steps) => `${steps} steps`),
  );
});

test("tune: who crosses the floor is disqualified", async () => {
  const marble = (noCrossing: boolean) => async () => {
    const { solution } = await show(() =>
      tune({
        surface: bowl(),
        walkers: { SGD: { optimizer: SGD, options: { lr: 0.1 } } },
        sliders: { momentum: { min: 0, max: 0.99, value: 0, step: 0.01 } },
        steps: 150,
        noCrossing,
        ...text,
      }),
    );
    return rowsOf(solution)[0]!.slice(1);
  };
  assert.equal(await marble(true)(), ["momentum 0.46", "47 steps"]);
  assert.is.not((await marble(false)())[0], "momentum 0.46");
});

test("roulette: the field one notch before ruin pays most", async () => {
  const { solution } = await show(games.roulette!);
  const first = rowsOf(solution).filter(([mountain]) => mountain === "κ = 25");
  assert.equal(
    first.map(([, lr, height, pays]) => [lr, height, pays]),
    [
      ["0.001", "5", "× 0.8"],
      ["0.0056", "0.43", "× 2.9"],
      ["0.0224", "0.2", "× 3.5"],
      ["0.0631", "0.037", "× 5"],
      ["0.0891", "4.5e+4", "× 0"],
      ["0.126", "2.5e+14", "× 0"],
    ],
  );
});

test("race: every training race has its winner, and who never wins pays most", async () => {
  const { html } = await show(games.race!);
  const board = /<div class="downhill-play">(.*?)<\/div>/s.exec(html)![1]!;
  const rows = rowsOf(board).map(([, wins, odds]) => ({
    won: parseInt(wins!),
    odds: Number(odds!.slice(2)),
  }));
  assert.is(
    rows.reduce((sum, { won }) => sum + won, 0),
    20,
  );
  for (const { won, odds } of rows) assert.is(odds, Math.round(250 / (won + 1)) / 10);
});

test("guess: another seed hands out other letters", async () => {
  const order = async (seed: number) =>
    rowsOf((await show(() => guess({ ...guessing, seed }))).solution).map(([, name]) => name);
  assert.equal(await order(1), await order(1));
  assert.is.not((await order(1)).join(), (await order(2)).join());
  assert.equal((await order(1)).toSorted(), (await order(2)).toSorted());
});

test("exam: a paper is drawn by its number, with what every paper has and a share of each area", () => {
  const bank = Array.from({ length: 90 }, (_, i) => ({
    area: Math.floor(i / 18),
    always: i % 40 === 5,
  }));
  const paper = drawPaper(bank, 3, 30);
  assert.equal(drawPaper(bank, 3, 30), paper);
  assert.is.not(drawPaper(bank, 4, 30).join(), paper.join());
  assert.is(new Set(paper).size, 30);
  assert.equal(
    bank.flatMap(({ always }, i) => (always && !paper.includes(i) ? [i] : [])),
    [],
  );
  const areas = [0, 1, 2, 3, 4].map((area) => paper.filter((i) => bank[i]!.area === area).length);
  assert.equal(areas, [4, 10, 6, 4, 6]);
  assert.equal(
    paper,
    paper.toSorted((a, b) => a - b),
  );
  assert.is(drawPaper(bank.slice(0, 20), 3, 30).length, 20, "a small bank is asked whole");
});

const refused: [name: string, game: () => Displayable, message: RegExp][] = [
  ["one path", () => guess({ ...guessing, walkers: { SGD: walkers.SGD } }), /guess: 1 walkers/],
  ["one runner", () => race({ ...racing, walkers: { SGD: walkers.SGD } }), /race: 1 runners/],
  [
    "too many settings",
    () => tune({ ...escaping, sliders: { lr: { min: 0, max: 1, value: 0, step: 1e-4 } } }),
    /tune: 20002 settings to try. At most 6000/,
  ],
  ["a goal that nobody reaches", () => tune({ ...escaping, steps: 1 }), /tune: no setting arrives/],
  ["sides of a landscape", () => tune({ ...escaping, noCrossing: true }), /noCrossing on saddle/],
  ["no mountain", () => roulette({ ...spinning, mountains: {} }), /roulette: no mountain/],
  ["an unknown question", () => exam({ always: ["06-momentum/x"], ...text }), /unknown question/],
  ["one field", () => roulette({ ...spinning, lrs: [1] }), /roulette: 1 learning rates/],
];

for (const [name, game, message] of refused) {
  test(`refused: ${name}`, async () => {
    try {
      await game()[jupyterDisplay]();
    } catch (error) {
      return assert.match(String(error), message);
    }
    assert.unreachable("no error");
  });
}

/** How each game is played through by keyboard, and what it must say on the way. */
const plays: Record<string, (page: Page, says: (words: RegExp) => Promise<void>) => Promise<void>> =
  {
    async guess(page, says) {
      const play = page.locator(".downhill-play").nth(1);
      for (let path = 0; path < 4; path++) {
        const ask = await play.locator(".downhill-ask").innerText();
        for (const digit of "12345") {
          await page.keyboard.press(digit);
          const now = play.locator(".downhill-ask");
          if ((await now.count()) === 0 || (await now.innerText()) !== ask) break;
        }
      }
      await says(/points of 12/);
    },
    async race(page, says) {
      await page.keyboard.press("Enter");
      await says(/Place a bet first/);
      for (const digit of "111102345") await page.keyboard.press(digit);
      assert.match(await page.locator(".downhill-ask").nth(1).innerText(), /hold 60 chips/);
      await page.keyboard.press("Enter");
      await says(/wins/);
      await page.keyboard.press("Enter");
      for (const digit of "12345") await page.keyboard.press(digit);
      await page.keyboard.press("Enter");
      await says(/You came with 100 chips and leave with/);
    },
    async tune(page, says) {
      await says(/3 walks left/);
      await page.keyboard.press("Enter");
      await says(/never arrives|steps/);
      await page.keyboard.press("2");
      await page.locator(".downhill-game").nth(1).locator("input").focus();
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await says(/Your best: \d+ steps. 1 walks left/);
      await page.keyboard.press("Enter");
      await says(/The record: \d+ steps/);
    },
    async roulette(page, says) {
      for (const digit of "4455") await page.keyboard.press(digit);
      await page.keyboard.press("Enter");
      await says(/best field was 0.0631. You are paid 100 chips/);
      await page.keyboard.press("Enter");
      await page.keyboard.press("6");
      await page.keyboard.press("Enter");
      await says(/You came with 100 chips and leave with 200/);
    },
  };

plays.exam = async (page, says) => {
  await page.keyboard.press("Enter");
  for (let question = 0; question < 4; question++) {
    await page.locator(".downhill-ask", { hasText: `${question + 1} / 4` }).waitFor();
    await page.keyboard.press(question % 2 === 0 ? "a" : "b");
    await page.locator(".downhill-feedback[data-verdict]").waitFor();
    // The next button has the focus now.
    await page.keyboard.press("Enter");
  }
  await says(/\d of 4 right/);
  const game = page.locator(".downhill-game").nth(1);
  await game.locator("input").fill("Ada <&>");
  const certificate = game.locator(".downhill-stage svg");
  assert.match((await certificate.textContent()) ?? "", /Ada <&>.*\d \/ 4.*Paper 7/);
  const download = page.waitForEvent("download");
  await game.locator("button", { hasText: "PNG" }).click();
  assert.is((await download).suggestedFilename(), "downhill.png");
};

const chromium = need("chromium");
for (const [name, game] of Object.entries(games)) {
  (chromium ? test : test.skip)(`${name}: the second of two is played by keyboard`, async () => {
    const { html } = await show(game);
    await onPage(chromium!, html + html, async (page) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      assert.is(await page.locator(".downhill-game[data-ready]").count(), 2);
      const [first, second] = [0, 1].map((n) => page.locator(".downhill-game").nth(n));
      assert.not(await second!.locator(".downhill-solution").isVisible());
      const untouched = await first!.innerHTML();
      await page.evaluate(
        "document.body.addEventListener('keydown', (e) => (window.leaked = (window.leaked ?? '') + e.key))",
      );
      await second!.locator(".downhill-play").focus();
      const said = second!.locator(".downhill-said");
      await plays[name]!(page, async (words) => {
        await said.filter({ hasText: words }).waitFor();
      });
      if (name !== "exam") {
        assert.ok(await second!.locator(".downhill-solution").isVisible(), "the solution appears");
      }
      assert.is(await first!.innerHTML(), untouched, "the other one is not touched");
      const leaked = String(await page.evaluate("window.leaked ?? ''"));
      assert.not.match(leaked, name === "exam" ? /[0-9ab]/ : /[0-9]|Enter/);
      for (const focusable of await second!.locator("button, input, .downhill-play").all()) {
        assert.is(await focusable.getAttribute("data-lm-suppress-shortcuts"), "true");
      }
    });
  });
}

test.run();
