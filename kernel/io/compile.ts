import type { ErrorContent } from "../bridge.ts";
import { syntaxErrorContent } from "../session/syntax-error.ts";
import { CellSyntaxError, compileCell } from "../session/transform.ts";
import type { Cell, Dialect } from "../session/transform.ts";

export { isComplete } from "../session/complete-cell.ts";

/** The cell ready to run, or why it cannot. */
export async function compile(
  code: string,
  name: string,
  dialect: Dialect,
): Promise<Cell | ErrorContent> {
  try {
    return await compileCell(code, name, dialect);
  } catch (error) {
    if (error instanceof CellSyntaxError) return syntaxErrorContent(error, code, name);
    const { name: ename, message: evalue } = error as Error;
    return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
  }
}
