/** Chromium on the embedded JupyterLab, with a copy of the book that a test may change. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { kernelSpec, resourceDir } from "../../kernel/install.ts";
import { buildLab } from "../../lab/build.ts";
import { startLab, type Lab } from "../../lab/server/index.ts";
import { bookDigests } from "../../notebooks/trusted.ts";
import { fromRoot } from "../../root.ts";

export type Lang = "zh" | "en";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long the slowest step, the start of a kernel on a busy machine, may take. */
export const STEP_LIMIT_MS = 60_000;

export interface OpenLab {
  lab: Lab;
  page: Page;
  /** What the page wrote to its console as an error, and what it threw. */
  problems: string[];
  /** Opens a notebook of the book and waits until its kernel is ready. */
  openNotebook(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  lang: Lang;
  colorScheme?: "light" | "dark";
  /** Whether the lab knows the book as its own. Without it every output is shown without scripts. */
  trusted?: boolean;
  viewport?: { width: number; height: number };
}

/** Starts a lab with its own folder and state, and a browser on it. */
export async function openLab(chromiumPath: string, options: OpenOptions): Promise<OpenLab> {
  const { lang, colorScheme = "light", trusted = true } = options;
  const { viewport = { width: 1280, height: 900 } } = options;
  const folder = mkdtempSync(join(tmpdir(), "downhill-browser-"));
  const book = join(folder, "book");
  for (const each of ["zh", "en"]) {
    cpSync(fromRoot("notebooks", each), join(book, each), { recursive: true });
  }
  const lab = await startLab({
    root: book,
    appDir: await buildLab({ log: console.log }),
    kernelSpecs: { downhill: { spec: kernelSpec(), resourceDir } },
    stateDir: join(folder, "state"),
    lang,
    ...(trusted ? { trusted: bookDigests() } : {}),
  });
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    browser = await chromium.launch({ executablePath: chromiumPath, args: FLAGS });
    const page = await browser.newPage({ viewport, colorScheme });
    page.setDefaultTimeout(STEP_LIMIT_MS);
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    const openNotebook = async (path: string) => {
      await page.goto(`${lab.url}lab/tree/${path}?reset&token=${lab.token}`);
      await page.locator(".jp-Notebook .jp-Cell").first().waitFor();
      await kernelIdle(lab, page);
    };
    return { lab, page, problems, openNotebook, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Waits until the server knows a kernel that is idle and this page is connected to it. The page's
 * own `data-status="idle"` is there before any kernel is. Between two cells of a queue a kernel is
 * idle for a moment, so it has to be seen idle several times.
 */
export async function kernelIdle(lab: Lab, page: Page): Promise<void> {
  const limit = Date.now() + STEP_LIMIT_MS;
  for (let seen = 0; seen < 4;) {
    const response = await page.request.get(`${lab.url}api/sessions?token=${lab.token}`);
    const sessions = (await response.json()) as {
      kernel: { execution_state: string; connections: number } | null;
    }[];
    const ready = ({ kernel }: (typeof sessions)[number]) =>
      kernel !== null && kernel.execution_state === "idle" && kernel.connections > 0;
    seen = sessions.some(ready) ? seen + 1 : 0;
    if (Date.now() > limit) throw new Error(`kernel: not idle after ${STEP_LIMIT_MS / 1000} s`);
    await page.waitForTimeout(200);
  }
}

/** The fourth menu, whatever language it speaks. */
const RUN_MENU = 3;

/** Runs every cell through the menu, as a reader does, and waits for the last one. */
export async function runAll({ lab, page }: OpenLab): Promise<void> {
  await page.locator("#jp-MainMenu .lm-MenuBar-item").nth(RUN_MENU).click();
  await page.locator('[data-command="runmenu:run-all"]').click();
  await page.locator(".jp-InputPrompt", { hasText: "[*]" }).first().waitFor();
  await page.waitForFunction(() => !document.body.textContent?.includes("[*]:"));
  await kernelIdle(lab, page);
}
