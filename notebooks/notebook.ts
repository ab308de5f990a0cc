import type { ICell, ICodeCell, INotebookContent } from "@jupyterlab/nbformat";
import type { Lang } from "../lib/teach/record.ts";
import { type Cell, type Chapter, languages } from "./chapter.ts";

const languageNames: Record<Lang, string> = { zh: "中文", en: "English" };

/** As the kernel says it, or opening a notebook would already change it. */
const languageInfo = {
  codemirror_mode: { name: "javascript", typescript: true },
  file_extension: ".ts",
  mimetype: "text/typescript",
  name: "typescript",
  nbconvert_exporter: "script",
  pygments_lexer: "typescript",
  version: "7.0.2",
};

/** One language of a chapter as a notebook (nbformat 4.5), not yet executed. */
export function toNotebook(chapter: Chapter, lang: Lang): INotebookContent {
  const cells = [titleCell(chapter, lang), openCell(chapter, lang)];
  for (const cell of chapter.cells) cells.push(toCell(cell, lang));
  return {
    cells,
    metadata: {
      downhill: { chapter: chapter.id, lang },
      kernelspec: {
        display_name: "Downhill (TypeScript)",
        language: "typescript",
        name: "downhill",
      },
      language_info: languageInfo,
      title: heading(chapter, lang),
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** The fresh notebook with the outputs of those cells of the old one whose code is the same. */
export function keepOutputs(
  fresh: INotebookContent,
  old: INotebookContent | undefined,
): INotebookContent {
  const before = new Map(old?.cells.map((cell) => [cell.id, cell]));
  const cells = fresh.cells.map((cell) => {
    const kept = before.get(cell.id);
    if (!kept || cell.cell_type !== "code" || codeOf(kept) !== codeOf(cell)) return cell;
    return { ...cell, execution_count: kept.execution_count, outputs: kept.outputs };
  });
  return { ...fresh, cells };
}

/** The same notebook with every output gone: what the source alone decides. */
export function withoutOutputs(notebook: INotebookContent): INotebookContent {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, execution_count: null, outputs: [] } : cell,
  );
  return { ...notebook, cells };
}

function titleCell(chapter: Chapter, lang: Lang): ICell {
  const links = languages
    .filter((other) => other !== lang)
    .map((other) => `[${languageNames[other]}](../${other}/${chapter.id}.ipynb)`);
  return markdownCell("title", `# ${heading(chapter, lang)}\n\n${links.join(" · ")}`);
}

/** Says which chapter and which language the cells below speak. */
function openCell(chapter: Chapter, lang: Lang): ICell {
  return codeCell("open", `book.open("${chapter.id}", "${lang}");`, ["hide-input"]);
}

function toCell(cell: Cell, lang: Lang): ICell {
  return cell.kind === "code"
    ? codeCell(cell.id, cell.code, cell.tags)
    : markdownCell(cell.id, cell.text[lang]);
}

function markdownCell(id: string, text: string): ICell {
  return { cell_type: "markdown", id, metadata: {}, source: toLines(text) };
}

function codeCell(id: string, code: string, tags: string[]): ICodeCell {
  return {
    cell_type: "code",
    execution_count: null,
    id,
    metadata: metadataOf(tags),
    outputs: [],
    source: toLines(code),
  };
}

/** JupyterLab folds the code of a cell that is there for its output. */
function metadataOf(tags: string[]): ICodeCell["metadata"] {
  if (!tags.length) return {};
  return tags.includes("hide-input") ? { jupyter: { source_hidden: true }, tags } : { tags };
}

/** The lines of a text as nbformat keeps them, each with its line end. */
function toLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function codeOf(cell: ICell): string {
  return [cell.source].flat().join("");
}

function heading(chapter: Chapter, lang: Lang): string {
  return `${String(chapter.number).padStart(2, "0")} · ${chapter.title[lang]}`;
}
