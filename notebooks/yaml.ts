import { LineCounter, parseDocument, type Document } from "yaml";
import type { Text } from "../lib/teach/record.ts";
import { unknown } from "../lib/kernels/index.ts";
import { SourceError } from "./errors.ts";

type Path = (string | number)[];

/** A piece of YAML inside a chapter that reports mistakes by the line of the chapter. */
export class Yaml {
  private readonly lines = new LineCounter();
  private readonly doc: Document;

  /** `line` is the line of the file on which `source` begins (1 for a whole file). */
  constructor(
    source: string,
    private readonly file: string,
    private readonly line: number,
  ) {
    this.doc = parseDocument(source, { lineCounter: this.lines });
    const error = this.doc.errors[0];
    if (error) {
      const at = line + this.lines.linePos(error.pos[0]).line - 1;
      throw new SourceError(file, at, `broken YAML: ${error.message.split(" at line")[0]}`);
    }
  }

  fail(path: Path, problem: string): never {
    throw new SourceError(this.file, this.lineOf(path), problem);
  }

  /** The value at a path as plain data, `undefined` where there is none. */
  value(path: Path): unknown {
    const node = this.doc.getIn(path, true) as { toJS?(doc: Document): unknown } | undefined;
    return node?.toJS ? node.toJS(this.doc) : node;
  }

  keys(path: Path): string[] {
    const value = this.value(path);
    if (value === undefined || value === null) return [];
    if (typeof value !== "object" || Array.isArray(value)) {
      this.fail(path, `${name(path)} must be a table of names`);
    }
    return Object.keys(value);
  }

  length(path: Path): number {
    const value = this.value(path);
    if (!Array.isArray(value)) this.fail(path, `${name(path)} must be a list`);
    return value.length;
  }

  string(path: Path): string {
    const value = this.value(path);
    if (typeof value !== "string") this.fail(path, `${name(path)} must be a string`);
    return value.trim();
  }

  number(path: Path): number {
    const value = this.value(path);
    if (typeof value !== "number") this.fail(path, `${name(path)} must be a number`);
    return value;
  }

  /** Both languages, or one string for what reads the same in both, such as `0.9`. */
  text(path: Path): Text {
    const value = this.value(path);
    if (typeof value === "string" || typeof value === "number") {
      return { zh: String(value), en: String(value) };
    }
    for (const lang of ["zh", "en"]) {
      if (!this.keys(path).includes(lang)) {
        this.fail(path, `${name(path)} has no "${lang}": every text is written in zh and en`);
      }
    }
    this.only(path, ["zh", "en"]);
    return { zh: this.string([...path, "zh"]), en: this.string([...path, "en"]) };
  }

  /** Refuses keys that nobody reads, so that a typing error cannot lose a text. */
  only(path: Path, known: string[]): void {
    for (const key of this.keys(path)) {
      if (known.includes(key)) continue;
      this.fail([...path, key], unknown("key", key, known));
    }
  }

  /** The line of the deepest node that exists on the path. */
  private lineOf(path: Path): number {
    const node = path.length ? this.doc.getIn(path, true) : this.doc.contents;
    const start = (node as { range?: [number, number, number] } | null | undefined)?.range?.[0];
    if (start !== undefined) return this.line + this.lines.linePos(start).line - 1;
    return path.length ? this.lineOf(path.slice(0, -1)) : this.line;
  }
}

function name(path: Path): string {
  return path.map((p) => (typeof p === "number" ? `[${p + 1}]` : p)).join(".") || "the block";
}
