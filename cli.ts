#!/usr/bin/env node
/** The command `downhill`: parses, then calls the room that does the work. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { fromRoot } from "./root.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

const usage = `downhill <command> [options]

  start      open the book in JupyterLab              打开这本书
             --lang zh|en  --port N  --no-browser
  run        execute notebooks and check their outputs 执行并检查 notebook
             PATH ...  --jobs N  --timeout SECONDS  --update  --junit FILE
             --server URL --token T
  install    add the kernel to your own Jupyter       把内核装进你自己的 Jupyter
             --prefix FOLDER | --sys-prefix           --sys-prefix：当前的虚拟环境
  uninstall  remove it again                          卸载内核
             --prefix FOLDER | --sys-prefix
  lab        build JupyterLab, so that start is quick  预先构建 JupyterLab
  book       build and execute the notebooks         由章节源文件生成并执行 notebook
             CHAPTER ...   execute only these, by number or id  只执行这几章
             html --out FOLDER   the book as a website    整本书导出为静态网站
  cards      write the flashcard decks for Anki       生成 Anki 闪卡
             --out FOLDER
  bench      measure against the peers, in a clone     与同类比较速度（在克隆的仓库里）
             NAME ...  --save
  --version  --help
`;

/** A mistake in the command line: shown without a stack, with the usage. */
class UsageError extends Error {}

const commands: Record<string, (args: string[]) => Promise<void>> = {
  async start(args) {
    const { values } = parse(args, {
      lang: { type: "string", default: defaultLanguage() },
      port: { type: "string" },
      "no-browser": { type: "boolean", default: false },
    });
    const lang = values.lang;
    if (lang !== "zh" && lang !== "en")
      throw new UsageError(`--lang: ${String(lang)}. Known: zh, en.`);
    const { start } = await import("./lab/start.ts");
    const { shelf } = await import("./notebooks/shelf.ts");
    const { bookDigests } = await import("./notebooks/trusted.ts");
    await start({
      lang,
      port: values.port === undefined ? undefined : wholeNumber("--port", values.port, 65535),
      browser: values["no-browser"] !== true,
      root: shelf(),
      kernelSpecs: await kernelSpecs(),
      trusted: bookDigests(),
    });
  },

  async run(args) {
    const { values, positionals } = parse(args, {
      jobs: { type: "string", default: "2" },
      timeout: { type: "string", default: "120" },
      update: { type: "boolean", default: false },
      junit: { type: "string" },
      server: { type: "string" },
      token: { type: "string", default: "" },
    });
    if (positionals.length === 0)
      throw new UsageError("notebook: none given. Name files or folders.");
    const { allPassed, runNotebooks } = await import("./notebooks/run.ts");
    const embedded =
      values.server === undefined ? await startServer(commonFolder(positionals)) : null;
    try {
      const results = await runNotebooks({
        paths: positionals,
        server: embedded ?? {
          url: String(values.server),
          token: String(values.token),
          root: process.cwd(),
        },
        jobs: wholeNumber("--jobs", values.jobs, 64),
        timeout: wholeNumber("--timeout", values.timeout, 86_400),
        update: values.update === true,
        junit: values.junit as string | undefined,
      });
      if (!allPassed(results)) process.exitCode = 1;
    } finally {
      await embedded?.close();
    }
  },

  async install(args) {
    const { installKernel } = await import("./kernel/install.ts");
    console.log(installKernel(where(args)));
  },

  async uninstall(args) {
    const { uninstallKernel } = await import("./kernel/install.ts");
    console.log(uninstallKernel(where(args)));
  },

  async lab(args) {
    parse(args, {});
    const { buildLab } = await import("./lab/build.ts");
    console.log(await buildLab({ log: console.log }));
  },

  async book(args) {
    const { values, positionals } = parse(args, { out: { type: "string", default: "site" } });
    if (positionals[0] === "html") {
      const { buildSite } = await import("./notebooks/site/build.ts");
      const files = await buildSite({ out: String(values.out) });
      return console.log(`${files.length} files: ${resolve(String(values.out), "index.html")}`);
    }
    const { buildBook, notebooksOf } = await import("./notebooks/build.ts");
    const notebooks = notebooksOf(positionals);
    await buildBook();
    // Its cells are JavaScript, which no kernel checks: without TypeScript's server they run sooner.
    process.env.DOWNHILL_TYPECHECK ??= "off";
    await commands.run?.([...notebooks, "--update"]);
    const { writeDigests } = await import("./notebooks/trusted.ts");
    writeDigests();
  },

  async cards(args) {
    const { values } = parse(args, {
      out: { type: "string", default: fromRoot("flashcards", "decks") },
    });
    const { buildDecks } = await import("./flashcards/build.ts");
    for (const file of await buildDecks({ out: String(values.out) })) console.log(file);
  },

  async bench(args) {
    const { values, positionals } = parse(args, { save: { type: "boolean", default: false } });
    if (!existsSync(fromRoot("dist", "bench"))) {
      throw new UsageError("bench: not in the package. It needs a clone: npm run bench -- NAME.");
    }
    const { runBench } = await import("./bench/index.ts");
    const [name, ...rest] = positionals;
    await runBench(name, rest, { save: values.save === true });
  },
};

/** In which Jupyter: the user's own, a folder's, or that of the active environment. */
function where(args: string[]) {
  const { values } = parse(args, {
    prefix: { type: "string" },
    "sys-prefix": { type: "boolean", default: false },
  });
  return {
    prefix: values.prefix as string | undefined,
    sysPrefix: values["sys-prefix"] === true,
  };
}

async function kernelSpecs() {
  const { kernelSpec, resourceDir } = await import("./kernel/install.ts");
  return { downhill: { spec: kernelSpec(), resourceDir } };
}

/** The innermost folder that holds this one and all of these. */
function commonFolder(paths: string[]): string {
  const holds = (folder: string) =>
    paths.every((path) => {
      const way = relative(folder, resolve(path));
      return !isAbsolute(way) && way.split(sep)[0] !== "..";
    });
  let folder = process.cwd();
  while (!holds(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

/** The embedded server without a front end: all that a run needs. */
async function startServer(root: string) {
  const { startLab } = await import("./lab/server/index.ts");
  const lab = await startLab({ root, kernelSpecs: await kernelSpecs() });
  return { url: lab.url, token: lab.token, root, close: () => lab.close() };
}

function parse(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(name: string, text: unknown, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new UsageError(`${name}: ${String(text)}. A whole number from 0 to ${most} is needed.`);
}

function defaultLanguage(): string {
  const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "";
  return locale.startsWith("zh") ? "zh" : "en";
}

function version(): string {
  return (JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as { version: string })
    .version;
}

async function main([name = "--help", ...args]: string[]): Promise<void> {
  if (name === "--version") return console.log(version());
  if (name === "--help") return console.log(usage);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new UsageError(`command: ${name}. Known: ${Object.keys(commands).join(", ")}.`);
  }
  await command(args);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (process.env.DOWNHILL_DEBUG) console.error(error);
  else console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
