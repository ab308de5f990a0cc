/** A reader's session in Chromium, in each language: run, answer, play, save, come back. */
import { mkdirSync } from "node:fs";
import type { Locator } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot } from "../../root.ts";
import { need } from "../need.ts";
import { openLab, runAll, type Lang, type OpenLab } from "./lab.ts";
import { answerByKeyboard, eventually, moveEverySlider } from "./play.ts";

const chromium = need("chromium");
const pictures = fromRoot("test", "output");
mkdirSync(pictures, { recursive: true });

const PATH: Record<Lang, string> = { zh: "zh/06-momentum.ipynb", en: "en/06-momentum.ipynb" };

/** Scrolls there, and waits until JupyterLab has really drawn it. */
async function show(locator: Locator): Promise<Locator> {
  await locator.waitFor({ state: "attached" });
  await locator.evaluate((element) => element.scrollIntoView({ block: "center" }));
  await locator.waitFor({ state: "visible" });
  return locator;
}

for (const lang of ["zh", "en"] as const) {
  const test = suite<{ open: OpenLab }>(`browser ${lang}`);
  const check = chromium === null ? test.skip : test;
  if (chromium !== null) {
    test.before(async (context) => {
      context.open = await openLab(chromium, { lang });
      await context.open.openNotebook(PATH[lang]);
    });
    test.after(({ open }) => open.close());
  }

  check("every cell runs, and none reports an error", async ({ open }) => {
    await runAll(open);
    const errors = open.page.locator('[data-mime-type="application/vnd.jupyter.error"]');
    assert.equal(await errors.allTextContents(), []);
    await open.page.screenshot({ path: `${pictures}/chapter-${lang}.png` });
  });

  check("no line begins with the punctuation behind a formula", async ({ open: { page } }) => {
    const formula = page.locator('.jp-Notebook p > mjx-container:not([display="true"])').first();
    await show(formula);
    const below = await page.evaluate(() => {
      const [box] = [...document.querySelectorAll("p > mjx-container")].filter(
        ({ nextSibling }) => nextSibling instanceof Text && /^[,.，。]/.test(nextSibling.data),
      );
      const paragraph = box!.parentElement!;
      const behind = document.createRange();
      behind.setStart(box!.nextSibling!, 0);
      behind.setEnd(box!.nextSibling!, 1);
      // As wide as the formula's line up to the formula.
      const left = paragraph.getBoundingClientRect().left;
      paragraph.style.width = `${box!.getBoundingClientRect().right - left + 1}px`;
      const isBelow = behind.getBoundingClientRect().left < box!.getBoundingClientRect().left;
      paragraph.style.width = "";
      return isBelow;
    });
    assert.is(below, false);
  });

  check("a quiz is answered by keyboard and says why", async ({ open: { page } }) => {
    const quiz = await show(page.locator(".downhill-quiz[data-ready]").first());
    await answerByKeyboard(quiz);
    await page.screenshot({ path: `${pictures}/quiz-${lang}.png` });
  });

  check("every slider of the live figure moves the path", async ({ open: { page } }) => {
    const live = await show(page.locator(".downhill-live[data-ready]").first());
    assert.ok((await live.locator('input[type="range"]').count()) >= 2);
    await moveEverySlider(live);
    await page.screenshot({ path: `${pictures}/live-${lang}.png` });
  });

  check("saved, reloaded, and everything is still there", async ({ open }) => {
    const { page, lab } = open;
    const outputs = () => page.locator(".jp-OutputArea-output").count();
    const before = await outputs();
    const contents = async () => {
      const url = `${lab.url}api/contents/${PATH[lang]}?token=${lab.token}&content=0`;
      return ((await (await page.request.get(url)).json()) as { last_modified: string })
        .last_modified;
    };
    const saved = await contents();
    await page.locator(".jp-Notebook .jp-Cell").first().click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+s");
    await eventually(async () => (await contents()) !== saved, "the notebook was not saved");
    await page.reload();
    await show(page.locator(".downhill-live[data-ready]").first());
    // JupyterLab renders the outputs below the window when it has time.
    await eventually(async () => (await outputs()) === before, "outputs are missing");
    await show(page.locator(".downhill-quiz[data-ready]").last());
  });

  check("the page had nothing to complain about", ({ open }) => {
    assert.equal(open.problems, []);
  });

  test.run();
}
