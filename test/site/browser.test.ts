/** A reader without Jupyter: the site from the disk, in Chromium, in each language. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium as engine, type Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildSite } from "../../notebooks/site/build.ts";
import { fromRoot } from "../../root.ts";
import { need } from "../need.ts";

const LIMIT_MS = 30_000;
const chromium = need("chromium");
const pictures = fromRoot("test", "output");
mkdirSync(pictures, { recursive: true });

/** Terms of the open chapter alone: the first hit must lead to a place in it. */
const terms = {
  zh: { search: "前瞻点", found: /找到 \d+ 处/ },
  en: { search: "look-ahead", found: /\d+ found/ },
};

for (const lang of ["zh", "en"] as const) {
  const test = suite<{ browser: Browser; page: Page; out: string }>(`site ${lang}`);
  const check = chromium === null ? test.skip : test;
  const problems: string[] = [];

  if (chromium !== null) {
    test.before(async (context) => {
      context.out = mkdtempSync(join(tmpdir(), "downhill-site-"));
      await buildSite({ out: context.out });
      context.browser = await engine.launch({
        executablePath: chromium,
        args: ["--no-sandbox", "--no-first-run", "--disable-background-networking"],
      });
      const page = await context.browser.newPage({
        viewport: { width: 1280, height: 900 },
        colorScheme: "light",
        reducedMotion: "reduce",
      });
      page.setDefaultTimeout(LIMIT_MS);
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => problems.push(message.text()));
      page.on("request", (request) => {
        if (!/^(file|data):/.test(request.url())) problems.push(request.url());
      });
      context.page = page;
    });
    test.after(async ({ browser, out }) => {
      await browser.close();
      rmSync(out, { recursive: true, force: true });
    });
  }

  check("from the door to a chapter", async ({ page, out }) => {
    await page.goto(pathToFileURL(join(out, "index.html")).href);
    await page.locator(`.door[lang=${lang}]`).click();
    await page.locator(".contents a", { hasText: /^6 ·/ }).click();
    assert.match(page.url(), new RegExp(`/${lang}/06-momentum\\.html$`));
    await page.screenshot({ path: `${pictures}/site-${lang}.png` });
  });

  check("a quiz is answered by keyboard", async ({ page }) => {
    const quiz = page.locator(".downhill-quiz[data-ready]").first();
    await quiz.locator("[role=radio]").first().focus();
    const count = await quiz.locator("[role=radio]").count();
    const verdicts: (string | null)[] = [];
    for (let i = 0; i < count; i++) {
      await page.keyboard.press("Enter");
      verdicts.push(await quiz.locator(".downhill-feedback").getAttribute("data-verdict"));
      await page.keyboard.press("ArrowDown");
    }
    assert.is(verdicts.filter((verdict) => verdict === "right").length, 1);
    assert.is(verdicts.filter((verdict) => verdict === "wrong").length, count - 1);
  });

  check("a slider moves the walk", async ({ page }) => {
    const live = page.locator(".downhill-live[data-ready]").first();
    const walks = () => live.locator(".dh-walks").innerHTML();
    const before = await walks();
    await live.locator("input[type=range]").first().focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(
      (was) => document.querySelector(".downhill-live .dh-walks")!.innerHTML !== was,
      before,
    );
  });

  check("the search finds a term and leads to it", async ({ page }) => {
    const { search, found } = terms[lang];
    await page.locator("h1").click();
    await page.keyboard.press("/");
    await page.keyboard.type(search);
    await page.locator("#search [role=status]", { hasText: found }).waitFor();
    assert.is((await page.locator("#search mark").first().innerText()).toLowerCase(), search);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const id = decodeURIComponent(new URL(page.url()).hash.slice(1));
    await page.waitForFunction((cell) => {
      const { top, bottom } = document.getElementById(cell)!.getBoundingClientRect();
      return top < innerHeight && bottom > 0;
    }, id);
  });

  check(
    "dark by the button, and still dark in the other language at the same place",
    async ({ page }) => {
      const paper = () =>
        page.evaluate(() => getComputedStyle(document.body.parentElement!).backgroundColor);
      const day = await paper();
      await page.locator("#theme").click();
      assert.is.not(await paper(), day);
      await page.locator("#sweep-text").evaluate((element) => element.scrollIntoView());
      await page.evaluate(() => document.querySelector<HTMLElement>("#other")!.click());
      const other = lang === "zh" ? "en" : "zh";
      await page.waitForURL(new RegExp(`/${other}/06-momentum\\.html#`));
      assert.match(page.url(), /#sweep-text$/);
      assert.is(await page.locator("html").getAttribute("data-theme"), "dark");
      await page.goBack();
      await page.screenshot({ path: `${pictures}/site-${lang}-dark.png` });
    },
  );

  check(
    "on a telephone nothing is wider than the screen, and the contents open",
    async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 800 });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      assert.not(await page.locator("#contents").isVisible());
      await page.locator("#menu").click();
      assert.ok(await page.locator("#contents").isVisible());
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: `${pictures}/site-${lang}-phone.png` });
    },
  );

  check("nothing was said to the console and nothing asked of the network", () => {
    assert.equal(problems, []);
  });

  test.run();
}
