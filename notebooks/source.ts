import type { Code as Fence, Node, Root, RootContent } from "mdast";
import type { ContainerDirective } from "mdast-util-directive";
import remarkDirective from "remark-directive";
import remarkFrontmatter from "remark-frontmatter";
import remarkMath from "remark-math";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { unknown } from "../lib/kernels/index.ts";
import type { Quiz } from "../lib/teach/record.ts";
import type { Cell, Chapter, Code } from "./chapter.ts";
import { SourceError } from "./errors.ts";
import { frontMatter } from "./frontmatter.ts";
import { readProse } from "./prose.ts";
import { readQuiz } from "./quiz.ts";
import { Yaml } from "./yaml.ts";

const markdown = unified()
  .use(remarkParse)
  .use(remarkFrontmatter)
  .use(remarkDirective)
  .use(remarkMath);

/**
 * Reads a chapter: front matter, then `:::zh` and `:::en` in pairs, `ts` cells and quiz blocks.
 * `notebooks/chapters/README.md` describes the format. Throws a SourceError with file and line.
 */
export function parseChapter(source: string, file: string): Chapter {
  const tree: Root = markdown.parse(source);
  const [head, ...blocks] = tree.children.filter((node) => !isComment(node));
  if (head?.type !== "yaml") {
    throw new SourceError(file, 1, "no front matter: a chapter begins with --- and its id");
  }
  const front = frontMatter(new Yaml(head.value, file, 2));
  const reader = new Reader(source, file);
  while (blocks.length) reader.read(blocks);
  return { file, ...front, quizzes: reader.quizzes, cells: reader.cells };
}

/** Tags that the runner or JupyterLab act on. */
const knownTags = ["skip-execution", "raises-exception", "volatile", "hide-input"];

/** Takes blocks from the front of the list and sorts them into cells and quizzes. */
class Reader {
  readonly cells: Cell[] = [];
  readonly quizzes: Record<string, Quiz> = {};
  /** Where each cell id was first used; the generated cells hold theirs from the start. */
  private readonly seen = new Map([
    ["title", 1],
    ["open", 1],
  ]);

  constructor(
    private readonly source: string,
    private readonly file: string,
  ) {}

  read(blocks: RootContent[]): void {
    const node = blocks.shift() as RootContent;
    if (node.type === "containerDirective") this.prose(node, blocks.shift());
    else if (node.type === "code") this.fence(node);
    else this.fail(node, "text outside a language block: put it between :::zh and :::en");
  }

  private prose(zh: ContainerDirective, en: RootContent | undefined): void {
    if (zh.name !== "zh") {
      const remedy = zh.name === "en" ? ":::en must follow its :::zh" : "write :::zh, then :::en";
      this.fail(zh, `unexpected block: ":::${zh.name}"; ${remedy}`);
    }
    if (en?.type !== "containerDirective" || en.name !== "en") {
      this.fail(zh, "missing language: en; a :::zh block is followed by its :::en block");
    }
    const id = this.claim(zh, zh.attributes?.id, ":::zh{#name}");
    this.cells.push(readProse(this.source, this.file, id, zh, en));
  }

  private fence(node: Fence): void {
    const [id, ...tags] = this.meta(node);
    if (node.lang === "ts") this.cells.push(this.code(node, id, tags));
    else if (node.lang === "yaml" && tags.join() === "quiz") this.quiz(node, id);
    else {
      const found = `${node.lang ?? ""} ${node.meta ?? ""}`.trim();
      this.fail(node, `unknown fence: "${found}"; known: ts {#id tag ...}, yaml {#id quiz}`);
    }
  }

  private code(node: Fence, id: string | undefined, tags: string[]): Code {
    const name = this.claim(node, id, "ts {#name}");
    for (const tag of tags) {
      if (!knownTags.includes(tag)) this.fail(node, unknown("tag", tag, knownTags));
    }
    return { kind: "code", id: name, line: lineOf(node), code: node.value, tags };
  }

  private quiz(node: Fence, id: string | undefined): void {
    if (!id) this.fail(node, "no id: write yaml {#name quiz}");
    if (id in this.quizzes) this.fail(node, `duplicate quiz: "${id}"; give each its own id`);
    this.quizzes[id] = readQuiz(new Yaml(node.value, this.file, lineOf(node) + 1));
  }

  /** `{#id tag tag}` behind the language of a fence. */
  private meta(node: Fence): [string | undefined, ...string[]] {
    const words = /^\{(.*)\}$/.exec(node.meta ?? "")?.[1]?.split(/\s+/) ?? [];
    const id = words.find((word) => word.startsWith("#"));
    return [id?.slice(1), ...words.filter((word) => word !== id)];
  }

  private claim(node: Node, id: string | null | undefined, example: string): string {
    if (!id) this.fail(node, `no id: write ${example}; ids stay when texts change`);
    if (!/^[a-z0-9-]{1,64}$/.test(id)) {
      this.fail(node, `bad id: "${id}"; use small letters, digits and hyphens, 64 at most`);
    }
    const first = this.seen.get(id);
    if (first) this.fail(node, `duplicate id: "${id}", first used in line ${first}`);
    this.seen.set(id, lineOf(node));
    return id;
  }

  private fail(node: Node, problem: string): never {
    throw new SourceError(this.file, lineOf(node), problem);
  }
}

function lineOf(node: Node): number {
  return node.position?.start.line ?? 1;
}

function isComment(node: Node): boolean {
  return node.type === "html" && (node as { value?: string }).value?.startsWith("<!--") === true;
}
