import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import open from "open";
import { buildLab } from "./build.ts";
import { startLab, type LabOptions } from "./server/index.ts";

export type Language = "zh" | "en";

export interface StartOptions extends Pick<
  LabOptions,
  "root" | "kernelSpecs" | "port" | "trusted"
> {
  lang: Language;
  /** Open the page in the desktop's browser. */
  browser: boolean;
  log?(line: string): void;
}

const messages = {
  zh: { open: "在浏览器中打开：", stop: "按 Ctrl-C 停止。", stopping: "正在停止……" },
  en: { open: "Open in your browser:", stop: "Press Ctrl-C to stop.", stopping: "Stopping …" },
};

/**
 * Serves JupyterLab with the book until Ctrl-C (or SIGTERM), then ends every kernel. Resolves when
 * everything that was started has ended.
 */
export async function start(options: StartOptions): Promise<void> {
  const { lang, browser, log = console.log, ...labOptions } = options;
  const say = messages[lang];
  const stop = stopSignal();
  const appDir = await buildLab({ log, signal: stop }).catch((error: unknown) => {
    if (stop.aborted) return null;
    throw error;
  });
  if (appDir === null) return;
  const lab = await startLab({ ...labOptions, appDir, lang });
  try {
    const page = `lab/tree/${lang}/${firstNotebook(join(options.root, lang))}`;
    const address = `${lab.url}${page}?token=${lab.token}`;
    log(`\n${say.open}\n\n    ${address}\n\n${say.stop}`);
    if (browser && hasDesktop()) await open(address);
    if (!stop.aborted) await once(stop, "abort");
    log(`\n${say.stopping}`);
  } finally {
    await lab.close();
  }
}

function firstNotebook(folder: string): string {
  const [first] = readdirSync(folder)
    .filter((name) => name.endsWith(".ipynb"))
    .sort();
  if (first === undefined)
    throw new Error(`notebook: none in ${folder}. Build the book: npm run book`);
  return encodeURIComponent(first);
}

function hasDesktop(): boolean {
  if (process.platform === "darwin" || process.platform === "win32") return true;
  return Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
}

/** Aborts at the first Ctrl-C; a second one no longer waits for anything. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
