/** The names that a cell declares at its top, and how a later cell gets at each of them. */
export interface Names {
  /** Never reassigned: const, function, class, enum, namespace, type, interface, import. */
  imported: string[];
  /** `let` and `var`: a later cell may assign them, which an import would not allow. */
  variables: string[];
}

/** The name of a file that is not on the disk. */
export const VIRTUAL = /[/\\]\.downhill-\d+-[^/\\]*$/;

/**
 * The cells of a session as TypeScript modules: the body of a cell is its own text, a header in
 * front brings in the names of earlier cells, a footer behind exports its own.
 */
export class Documents {
  readonly #prefix: string;
  /** Where each name was last declared: the file of a cell, and whether it is a variable. */
  readonly #scope = new Map<string, { file: string; variable: boolean }>();
  #cells = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get current(): string {
    return `${this.#prefix}current.ts`;
  }

  /** Whether a header would bring in this name. */
  knows(name: string): boolean {
    return this.#scope.has(name);
  }

  /** Imports of every live name, without those that the cell declares itself. */
  header(declared: ReadonlySet<string>): string {
    const lines: string[] = [];
    const imports = new Map<string, string[]>();
    for (const [name, { file, variable }] of this.#scope) {
      if (declared.has(name)) continue;
      if (variable) lines.push(`declare let ${name}: typeof import("./${file}").${name};`);
      else imports.set(file, [...(imports.get(file) ?? []), name]);
    }
    for (const [file, names] of imports) {
      lines.push(`import { ${names.join(", ")} } from "./${file}";`);
    }
    return lines.map((line) => `${line}\n`).join("");
  }

  /** Adds a cell that has run: its file and its text. Later headers import from it. */
  commit(source: string, names: Names): { file: string; text: string } {
    this.#cells += 1;
    const file = `${this.#prefix}cell-${this.#cells}.ts`;
    const all = [...names.imported, ...names.variables];
    const header = this.header(new Set(all));
    for (const name of names.imported) this.#scope.set(name, { file, variable: false });
    for (const name of names.variables) this.#scope.set(name, { file, variable: true });
    return { file, text: `${header}${source}\nexport { ${all.join(", ")} };\n` };
  }
}
