const HELP =
  /^(?=[^]*\?)\s*(?<before>\?{0,2})(?<name>[\p{ID_Start}$_][\p{ID_Continue}$.]*)(?<after>\?{0,2})\s*$/u;

/**
 * What a cell asks for that is only a name (or a path of names) and question marks, as in IPython:
 * `name?` what it is, `name??` its source too.
 */
export function helpRequest(source: string): { name: string; detail: 0 | 1 } | undefined {
  const { before, name, after } = HELP.exec(source)?.groups ?? {};
  if (name === undefined) return undefined;
  return { name, detail: before === "??" || after === "??" ? 1 : 0 };
}
