/** The names that a cell declares at its top, and how a later cell gets at each of them. */
export interface Names {
  /** Never reassigned: const, function, class, enum, namespace, type, interface, import. */
  imported: string[];
  /** `let` and `var`: a later cell may assign them, which an alias would not allow. */
  variables: string[];
}

/** The name of a file that is not on the disk. */
export const VIRTUAL = /[/\\]\.downhill-\d+-[^/\\]*$/;

/** A document as the language server shall have it. */
export interface Text {
  file: string;
  text: string;
}

/** A file for one cell. It is used again when nothing needs the cell in it any more. */
interface Slot {
  file: string;
  /** The slots whose names its cell mentions. */
  uses: Slot[];
  /** Whether its cell declares something for all others (`declare global`). */
  global: boolean;
}

/** The module of all slots, under the name that aliases begin with. No reader ever sees it. */
export const CELLS = "__cells__";

/** A cell that says this matters to later ones although it may declare no name. */
export const DECLARES_GLOBAL = /\bdeclare\s+global\b/;

const IDENTIFIERS = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;
const DECLARATIONS =
  /^(?:(?:export|default|declare|abstract|async)\s+)*(?:const\s+enum|const|let|var|function\s*\*?|class|interface|type|enum|namespace)\s+([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/gmu;

/**
 * The cells of a session as TypeScript modules: the body of a cell is its own text, a header
 * brings in the names of earlier cells that it mentions, a footer behind exports its own.
 *
 * What a server pays for is a module that imports something new: then it resolves the whole program
 * again, 50 ms and more. So every cell imports one and the same index of slots, and takes names out
 * of it by aliases; slots are opened before they are needed.
 */
export class Documents {
  readonly #prefix: string;
  /** Where each name was last declared: the slot of a cell, and whether it is a variable. */
  readonly #scope = new Map<string, { slot: Slot; variable: boolean }>();
  readonly #slots: Slot[] = [];
  readonly #used = new Set<Slot>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get current(): string {
    return `${this.#prefix}current.ts`;
  }

  /** The index; a slot must stand in it before it is opened, or it becomes a project of its own. */
  get index(): Text {
    const lines = this.#slots.map(({ file }, i) => `export * as c${i} from "./${file}";\n`);
    return { file: `${this.#prefix}cells.ts`, text: `${lines.join("")}export {};\n` };
  }

  /** How many cells can be committed without a new slot. */
  get free(): number {
    return this.#slots.length - this.#used.size;
  }

  /** Makes room for one more cell: write the index, then this. */
  addSlot(): Text {
    const file = `${this.#prefix}cell-${this.#slots.length}.ts`;
    this.#slots.push({ file, uses: [], global: false });
    return { file, text: this.#header([]) + "export {};\n" };
  }

  /** Whether a header would bring in this name. */
  knows(name: string): boolean {
    return this.#scope.has(name);
  }

  /** Names of earlier cells that the text seems to declare anew, at the beginning of a line. */
  redeclared(source: string): Set<string> {
    const found = [...source.matchAll(DECLARATIONS)].map(([, name]) => name!);
    return new Set(found.filter((name) => this.knows(name)));
  }

  /**
   * Brings in the names that the text mentions, and those that begin with `prefix`; not those that
   * the cell declares itself.
   */
  header(source: string, declared: ReadonlySet<string>, prefix?: string): string {
    return this.#header(this.#mentioned(source, declared, prefix));
  }

  /** Adds a cell that has run to a free slot; later headers refer to it. */
  commit(source: string, names: Names): Text {
    const slot = this.#slots.find((each) => !this.#used.has(each));
    if (slot === undefined) throw new Error("slot: none is free. Call addSlot first.");
    const all = [...names.imported, ...names.variables];
    const mentioned = this.#mentioned(source, new Set(all));
    slot.uses = mentioned.map((name) => this.#scope.get(name)!.slot);
    slot.global = DECLARES_GLOBAL.test(source);
    const header = this.#header(mentioned);
    for (const name of names.imported) this.#scope.set(name, { slot, variable: false });
    for (const name of names.variables) this.#scope.set(name, { slot, variable: true });
    this.#used.add(slot);
    this.#release();
    return { file: slot.file, text: `${header}${source}\nexport { ${all.join(", ")} };\n` };
  }

  /** Only what a live name needs, itself or through the types of other cells, stays in use. */
  #release(): void {
    const needed = new Set<Slot>();
    const visit = (slot: Slot): void => {
      if (needed.has(slot)) return;
      needed.add(slot);
      slot.uses.forEach(visit);
    };
    for (const { slot } of this.#scope.values()) visit(slot);
    for (const slot of this.#used) if (slot.global) visit(slot);
    for (const slot of this.#used) if (!needed.has(slot)) this.#used.delete(slot);
  }

  #mentioned(source: string, declared: ReadonlySet<string>, prefix?: string): string[] {
    const words = new Set(source.match(IDENTIFIERS));
    return [...this.#scope.keys()].filter(
      (name) =>
        !declared.has(name) &&
        (words.has(name) || (prefix !== undefined && name.startsWith(prefix))),
    );
  }

  #header(names: string[]): string {
    const lines = names.map((name) => {
      const { slot, variable } = this.#scope.get(name)!;
      const path = `${CELLS}.c${this.#slots.indexOf(slot)}.${name}`;
      return variable ? `declare let ${name}: typeof ${path};\n` : `import ${name} = ${path};\n`;
    });
    // Last: behind an alias nothing but the word `type` would be completed.
    return `${lines.join("")}import * as ${CELLS} from "./${this.#prefix}cells.ts";\n`;
  }
}
