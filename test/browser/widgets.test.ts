/**
 * Everything that can be worked in three chapters, in each language: every quiz is answered by
 * keyboard, every slider is moved. Then the same chapters as somebody else's notebook, which
 * JupyterLab shows without scripts: they must be readable, with figures.
 */
import { mkdirSync, readFileSync } from "node:fs";
import type { ICodeCell, INotebookContent } from "@jupyterlab/nbformat";
import type { Locator, Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot } from "../../root.ts";
import { need } from "../need.ts";
import { openLab, type Lang, type OpenLab } from "./lab.ts";
import { answerByKeyboard, moveEverySlider } from "./play.ts";

const chromium = need("chromium");
const pictures = fromRoot("test", "output");
mkdirSync(pictures, { recursive: true });

const chapters = ["01-optimizer", "06-momentum", "25-schedulers"];

/** What the saved outputs of a chapter hold, by the beginning of their HTML. */
function saved(lang: Lang, chapter: string): Record<"quizzes" | "live" | "pictures", number> {
  const file = fromRoot("notebooks", lang, `${chapter}.ipynb`);
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as INotebookContent;
  const outputs = cells.flatMap((cell) => (cell as ICodeCell).outputs ?? []);
  const data = outputs.map((output) => (output.data ?? {}) as Record<string, string | string[]>);
  const html = data.map((bundle) => [bundle["text/html"] ?? ""].flat().join(""));
  const count = (text: string) => html.filter((each) => each.includes(text)).length;
  return {
    quizzes: count('class="downhill-quiz"'),
    live: count('class="downhill-live"'),
    pictures: data.filter((bundle) => bundle["image/png"] !== undefined).length,
  };
}

/** Goes down the notebook, and hands each element to `work` once it is drawn; says how many there were. */
async function walk(
  page: Page,
  selector: string,
  work: (element: Locator) => Promise<void>,
): Promise<number> {
  const scroller = page.locator(".jp-WindowedPanel-outer").first();
  await scroller.evaluate((element) => element.scrollTo(0, 0));
  let seen = 0;
  for (let last = -1, top = 0; top !== last;) {
    await page.waitForTimeout(150);
    const fresh = page.locator(`${selector}:not([data-walked])`).first();
    while (await fresh.isVisible()) {
      const element = await fresh.evaluateHandle((found) => {
        found.setAttribute(
          "data-walked",
          String(document.querySelectorAll("[data-walked]").length),
        );
        found.scrollIntoView({ block: "center" });
        return found.getAttribute("data-walked")!;
      });
      await work(page.locator(`${selector}[data-walked="${await element.jsonValue()}"]`));
      seen += 1;
    }
    last = top;
    top = await scroller.evaluate((element) => {
      element.scrollBy(0, element.clientHeight * 0.8);
      return element.scrollTop;
    });
  }
  return seen;
}

for (const lang of ["zh", "en"] as const) {
  for (const trusted of [true, false]) {
    const test = suite<{ open: OpenLab }>(`${lang}, ${trusted ? "trusted" : "without scripts"}`);
    const check = chromium === null ? test.skip : test;
    if (chromium !== null) {
      test.before(async (context) => {
        context.open = await openLab(chromium, { lang, trusted });
      });
      test.after(({ open }) => open.close());
    }

    for (const chapter of chapters) {
      check(`${chapter}: ${trusted ? "every quiz and slider" : "readable"}`, async ({ open }) => {
        const { page, problems, openNotebook } = open;
        const there = saved(lang, chapter);
        await openNotebook(`${lang}/${chapter}.ipynb`);
        const outputs = ".jp-OutputArea-output";
        if (trusted) {
          const ready = ".downhill-quiz[data-ready]";
          assert.is(await walk(page, ready, answerByKeyboard), there.quizzes);
          const live = ".downhill-live[data-ready]";
          assert.is(await walk(page, live, moveEverySlider), there.live);
        } else {
          assert.is(await page.locator("[data-ready]").count(), 0, "no script has run");
          const broken: string[] = [];
          const shown = await walk(page, `${outputs} img`, async (image) => {
            const width = await image.evaluate((each: HTMLImageElement) => each.naturalWidth);
            if (width < 100)
              broken.push(await image.evaluate((each) => each.outerHTML.slice(0, 80)));
          });
          assert.equal(broken, []);
          assert.ok(shown >= there.pictures, `${shown} pictures of ${there.pictures}`);
        }
        // JupyterLab draws what was scrolled to when it has time.
        await page.waitForTimeout(1000);
        await page.screenshot({ path: `${pictures}/${chapter}-${lang}-${trusted}.png` });
        assert.equal(problems, []);
      });
    }

    test.run();
  }
}
