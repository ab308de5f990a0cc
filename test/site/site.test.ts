/** The book as a website: whole, without a dead link, without anything from elsewhere. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseHTML } from "linkedom";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readChapters } from "../../notebooks/build.ts";
import { languages } from "../../notebooks/chapter.ts";
import { buildSite } from "../../notebooks/site/build.ts";
import { highlight } from "../../notebooks/site/code.ts";
import { renderMarkdown } from "../../notebooks/site/markdown.ts";

const root = mkdtempSync(join(tmpdir(), "downhill-site-"));
const out = join(root, "site");
const decks = join(root, "decks");
const files: string[] = [];
const pages = new Map<string, Document>();

test.before(async () => {
  mkdirSync(decks);
  writeFileSync(join(decks, "downhill-zh.apkg"), "zh");
  writeFileSync(join(decks, "notes.txt"), "no deck");
  files.push(...(await buildSite({ out, decks })));
  for (const file of files.filter((name) => name.endsWith(".html"))) {
    pages.set(file, parseHTML(readFileSync(join(out, file), "utf8")).document);
  }
});
test.after(() => rmSync(root, { recursive: true, force: true }));

test("a page for every chapter in both languages, and a door", () => {
  const expected = languages.flatMap((lang) => [
    `${lang}/index.html`,
    ...readChapters().map(({ id }) => `${lang}/${id}.html`),
  ]);
  assert.equal([...pages.keys()].sort(), ["index.html", ...expected].sort());
});

test("every link inside the book leads somewhere", () => {
  const dead: string[] = [];
  let checked = 0;
  for (const [file, document] of pages) {
    for (const element of document.querySelectorAll("[href], [src]")) {
      const target = element.getAttribute("href") ?? element.getAttribute("src") ?? "";
      if (/^(data:|https?:)/.test(target)) continue;
      checked++;
      const [path, fragment] = target.split("#") as [string, string?];
      const full = path === "" ? file : join(dirname(file), decodeURI(path));
      if (!files.includes(full)) dead.push(`${file}: ${target}`);
      else if (fragment && pages.get(full)?.getElementById(fragment) == null) {
        dead.push(`${file}: ${target}`);
      }
    }
  }
  assert.ok(checked > 50);
  assert.equal(dead, []);
});

test("the search leads to cells that are there", () => {
  for (const lang of languages) {
    const script = readFileSync(join(out, `assets/search-${lang}.js`), "utf8");
    const window: { downhill?: { entries: [string, string, string, string][] } } = {};
    new Function("window", script)(window);
    const entries = window.downhill!.entries;
    assert.ok(entries.length > 10);
    for (const [chapter, cell, title, text] of entries) {
      const page = pages.get(`${lang}/${chapter}.html`);
      assert.ok(page?.getElementById(cell), `${chapter}#${cell}`);
      assert.ok(title !== "" && text !== "");
      // `Optimizer<LionOptions>` is TypeScript; tags are in lower case.
      assert.not.match(title + text, /\\[a-z]{3,}|undefined|<\/?[a-z]\w*>/, `${chapter}#${cell}`);
    }
  }
});

test("nothing is loaded from elsewhere, and style sheets name files that are there", () => {
  for (const [file, document] of pages) {
    const loads = [...document.querySelectorAll("script[src], link[rel=stylesheet], img, iframe")];
    const urls = loads.map(
      (element) => element.getAttribute("src") ?? element.getAttribute("href"),
    );
    assert.equal(
      urls.filter((url) => /^(https?:)?\/\//.test(url ?? "")),
      [],
      file,
    );
  }
  for (const sheet of files.filter((name) => name.endsWith(".css"))) {
    const css = readFileSync(join(out, sheet), "utf8");
    for (const [, url] of css.matchAll(/url\(([^)]*)\)/g)) {
      assert.ok(files.includes(join(dirname(sheet), url!)), `${sheet}: ${url}`);
    }
  }
});

test("ink can be read on every paper: 4.5 to 1 and more, by day and by night", () => {
  const css = readFileSync(join(out, "assets/site.css"), "utf8");
  const colors = (block: string) =>
    Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name!, hex!]),
    );
  const day = colors(/:root \{[^}]*\}/.exec(css)![0]);
  const night = { ...day, ...colors(/\[data-theme="dark"\] \{[^}]*\}/.exec(css)![0]) };
  const light = (hex: string) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
      const c = parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16) / 255;
      return sum + weight * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    }, 0.05);
  const faint: string[] = [];
  for (const [when, theme] of Object.entries({ day, night }) as [
    string,
    Record<string, string>,
  ][]) {
    for (const ink of ["ink", "quiet", "link", "keyword", "string", "number", "name"]) {
      for (const paper of ["paper", "soft", "jp-layout-color1"]) {
        const [a, b] = [light(theme[ink]!), light(theme[paper]!)];
        const ratio = Math.max(a, b) / Math.min(a, b);
        if (!(ratio >= 4.5)) faint.push(`${when}: ${ink} on ${paper} ${ratio.toFixed(1)}`);
      }
    }
  }
  assert.equal(faint, []);
});

test("ids are given once on a page, headings and landmarks are in order", () => {
  for (const [file, document] of pages) {
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    assert.is(new Set(ids).size, ids.length, file);
    assert.is(document.querySelectorAll("h1").length, 1, file);
    assert.is(document.querySelectorAll("main").length, 1, file);
    assert.match(document.documentElement.lang, /^(zh-CN|en)$/);
    for (const image of document.querySelectorAll("img")) {
      assert.ok(image.getAttribute("alt"), `${file}: an image without words`);
    }
  }
});

test("pages show what the notebooks show, formulas typeset and no TeX left over", () => {
  for (const lang of languages) {
    const page = pages.get(`${lang}/06-momentum.html`)!;
    for (const selector of [".downhill-quiz", ".downhill-live", ".downhill-cards", ".katex"]) {
      assert.ok(page.querySelector(selector), selector);
    }
    for (const piece of page.querySelectorAll(
      ".katex-html, script, style, annotation, pre, code",
    )) {
      piece.remove();
    }
    assert.not.match(page.querySelector("main")!.textContent ?? "", /\$|\\(frac|mu|eta)/);
  }
});

test("decks that were built are offered in their language", () => {
  assert.ok(files.includes("decks/downhill-zh.apkg"));
  assert.not.ok(files.includes("decks/notes.txt"));
  const offered = (lang: string) =>
    pages.get(`${lang}/index.html`)!.querySelectorAll('a[href$=".apkg"]').length;
  assert.equal([offered("zh"), offered("en")], [1, 0]);
});

test("the same notebooks give the same files", async () => {
  const again = join(root, "again");
  await buildSite({ out: again, decks });
  const list = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort();
  assert.equal(list(again), list(out));
  for (const name of list(out)) {
    assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(again, name))), name);
  }
});

test("a folder with other files is left alone", async () => {
  const precious = join(root, "precious");
  mkdirSync(precious);
  writeFileSync(join(precious, "thesis.md"), "years of work");
  try {
    await buildSite({ out: precious });
  } catch (error) {
    assert.match(String(error), /folder: .*precious. It holds other files.*--out/);
    assert.equal(readdirSync(precious), ["thesis.md"]);
    await buildSite({ out, decks });
    return assert.ok(files.includes("index.html"), "an earlier site is replaced");
  }
  assert.unreachable("no error");
});

test("Markdown of notebooks: tables, maths, code, links, headings", () => {
  const source = [
    "## One $\\kappa = 2$",
    "| a | b |\n|---|---|\n| $\\mu^2$ | `c` |",
    "### Two\n\n[next](07-adagrad.ipynb#x) [out](https://a.b/c.ipynb)",
    "```ts\nconst a = 1;\n```",
    "<details>\n<summary>S</summary>\n\n**bold**\n\n</details>",
  ].join("\n\n");
  const { html, headings, text } = renderMarkdown(source, "cell");
  assert.equal(headings, [
    { id: "cell", depth: 2, text: "One κ = 2" },
    { id: "cell-2", depth: 3, text: "Two" },
  ]);
  assert.match(html, /<div class="table" tabindex="0"><table>/);
  assert.match(html, /href="07-adagrad.html#x".*href="https:\/\/a.b\/c.ipynb"/);
  assert.match(html, /<h3 id="cell-2">/);
  assert.match(html, /class="katex"/);
  assert.match(html, /tok-keyword/);
  assert.match(html, /<details>\s*<summary>S<\/summary>\s*<p><strong>bold/);
  assert.match(text, /One κ = 2.*μ².*Two next out/);
});

test("punctuation stays with the formula before it", () => {
  const { html, text } = renderMarkdown("步长 $x$，长 $y$。**粗** $z$", "cell");
  assert.match(
    html,
    /<span class="one-piece"><span class="katex">.*，<\/span>长 .*。<\/span><strong>/,
  );
  assert.is(text, "步长 x，长 y。粗 z");
});

test("code is coloured and escaped", () => {
  assert.is(
    highlight('const a: number = b < "&";').replace(/<[^>]+>/g, ""),
    "const a: number = b &lt; &quot;&amp;&quot;;",
  );
  assert.match(highlight("const a = 1"), /<span class="tok-keyword">const<\/span>/);
});

test.run();
