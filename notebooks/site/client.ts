/** What a page of the site does; runs in the browser, as its own text. */

/** One place that the search can find: chapter, cell, heading, words. */
export type SearchEntry = [chapter: string, cell: string, title: string, text: string];

export interface ClientWords {
  found: string;
  nothing: string;
  copy: string;
  copied: string;
}

/** Before anything is drawn: the theme that the reader chose, or the system's. */
export function applyTheme(): void {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem("downhill-theme");
  } catch {
    // A browser may forbid storage to files; then the choice lasts for the page.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.dataset.theme = chosen ?? (dark ? "dark" : "light");
  // The attribute that the outputs look for, as in JupyterLab.
  root.dataset.jpThemeLight = String(root.dataset.theme === "light");
}

/** The buttons of the head line, the search, copying, and printing. */
export function startPage(entries: SearchEntry[], words: ClientWords): void {
  const find = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector);

  find("#theme")?.addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    root.dataset.jpThemeLight = String(root.dataset.theme === "light");
    try {
      localStorage.setItem("downhill-theme", root.dataset.theme);
    } catch {
      // As above.
    }
  });

  const menu = find("#menu");
  menu?.addEventListener("click", () => {
    const open = document.body.classList.toggle("menu-open");
    menu.setAttribute("aria-expanded", String(open));
  });

  // The other language opens at the section that is being read.
  const other = find<HTMLAnchorElement>("#other");
  other?.addEventListener("click", () => {
    const sections = [...document.querySelectorAll<HTMLElement>("main section[id]")];
    const top = sections.filter((section) => section.getBoundingClientRect().top < 120).pop();
    other.hash = top === undefined || scrollY < 200 ? "" : `#${top.id}`;
  });

  const input = find<HTMLInputElement>("#search input");
  const list = find("#search ul");
  const count = find("#search [role=status]");
  const search = (): void => {
    if (input === null || list === null || count === null) return;
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = entries
      .map((entry) => {
        const [, , title, text] = entry;
        const [head, body] = [title.toLowerCase(), text.toLowerCase()];
        const has = wanted.every((word) => head.includes(word) || body.includes(word));
        const inHead = wanted.filter((word) => head.includes(word)).length;
        const times = wanted.reduce((sum, word) => sum + body.split(word).length - 1, 0);
        return { entry, rank: has ? 20 * inHead + times : 0 };
      })
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank);
    const shown = wanted.length === 0 ? [] : hits.slice(0, 12);
    list.replaceChildren(
      ...shown.map(({ entry: [chapter, cell, title, text] }) => {
        const at = Math.max(0, text.toLowerCase().indexOf(wanted[0]!) - 24);
        const link = document.createElement("a");
        link.href = `${chapter}.html#${cell}`;
        const name = document.createElement("b");
        name.textContent = title;
        const around = document.createElement("span");
        const piece = text.slice(at, at + 90);
        const from = piece.toLowerCase().indexOf(wanted[0]!);
        const mark = document.createElement("mark");
        mark.textContent = from < 0 ? "" : piece.slice(from, from + wanted[0]!.length);
        const before = from < 0 ? piece : piece.slice(0, from);
        around.append(`${at > 0 ? "…" : ""}${before}`, mark);
        around.append(from < 0 ? "" : `${piece.slice(from + wanted[0]!.length)}…`);
        link.append(name, around);
        const item = document.createElement("li");
        item.append(link);
        return item;
      }),
    );
    count.textContent =
      wanted.length === 0
        ? ""
        : hits.length === 0
          ? words.nothing
          : words.found.replace("{n}", String(hits.length));
  };
  const closeSearch = () => {
    if (input !== null) input.value = "";
    search();
  };
  input?.addEventListener("input", search);
  list?.addEventListener("click", closeSearch);
  find("#search")?.addEventListener("keydown", (event) => {
    const links = [...document.querySelectorAll<HTMLElement>("#search a")];
    const at = links.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") closeSearch();
    else if (event.key === "ArrowDown") links[at + 1]?.focus();
    else if (event.key === "ArrowUp") (links[at - 1] ?? input)?.focus();
    else if (event.key === "Enter" && at < 0) links[0]?.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.key !== "/" || /^(INPUT|TEXTAREA)$/.test(target.tagName)) return;
    event.preventDefault();
    input?.focus();
  });

  for (const source of document.querySelectorAll<HTMLElement>(".source")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    button.addEventListener("click", () => {
      const code = source.querySelector("code")?.textContent ?? "";
      void navigator.clipboard?.writeText(code).then(() => {
        button.textContent = words.copied;
        setTimeout(() => (button.textContent = words.copy), 1500);
      });
    });
    source.append(button);
  }

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
}
