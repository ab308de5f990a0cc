/** `npm run screenshots`: the pictures of the READMEs, taken from the book as it is. */
import { need } from "../need.ts";
import { fromRoot } from "../../root.ts";
import { openLab } from "./lab.ts";

const chromium = need("chromium");
if (chromium === null) process.exit(1);

for (const lang of ["zh", "en"] as const) {
  const viewport = { width: 1180, height: 960 };
  const { page, openNotebook, close } = await openLab(chromium, { lang, viewport });
  try {
    await openNotebook(`${lang}/06-momentum.ipynb`);
    await page.locator('[data-id="filebrowser"]').click();
    await page.locator(".downhill-live[data-ready]").first().waitFor();
    const slider = page.locator('.downhill-live input[type="range"]').first();
    await slider.evaluate((element) => element.scrollIntoView({ block: "end" }));
    await page
      .locator(".jp-Notebook")
      .first()
      .evaluate((notebook) => notebook.scrollBy(0, 150));
    await page.waitForTimeout(1000);
    await page.screenshot({ path: fromRoot("docs", `lab-${lang}.png`) });
  } finally {
    await close();
  }
}
