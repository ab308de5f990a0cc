import { chromium, type Page } from "playwright-core";

/** Runs `act` on a page of the system's Chromium with the given HTML; throws the page's errors. */
export async function onPage(
  executablePath: string,
  html: string,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 800, height: 900 } });
    page.setDefaultTimeout(15_000);
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.setContent(`<!doctype html><body>${html}`);
    await act(page);
    if (errors[0]) throw errors[0];
  } finally {
    await browser.close();
  }
}
