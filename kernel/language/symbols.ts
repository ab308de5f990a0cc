/** As in the Language Server Protocol 3.17, textDocument/documentSymbol. */
export interface DocumentSymbol {
  name: string;
  kind: number;
  range: { start: { line: number } };
}

/** LSP's SymbolKind of `let`, `const`, `var` and imports; functions, enums ... have their own. */
const VARIABLE = 13;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** The names a cell declares at its top, imports and types included, and which are variables. */
export function topLevelNames(symbols: DocumentSymbol[], offset: number): Map<string, boolean> {
  return new Map(
    symbols
      .filter(({ name, range }) => range.start.line >= offset && IDENTIFIER.test(name))
      .map(({ name, kind }) => [name, kind === VARIABLE]),
  );
}
