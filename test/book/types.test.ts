/**
 * Every cell satisfies the type checker, though cells are plain JavaScript: it judges them as soon
 * as a reader writes one line of TypeScript among them.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Language } from "../../kernel/language.ts";
import { preludes } from "../../kernel/preload.ts";
import { compileCell } from "../../kernel/session/transform.ts";
import { readChapters } from "../../notebooks/build.ts";
import { fromRoot } from "../../root.ts";

for (const { id, cells } of readChapters()) {
  test(`${id}: every cell type-checks`, async () => {
    const language = new Language(fromRoot("notebooks"), preludes());
    try {
      const wrong = await language.check("const checks: string = 1;", true);
      assert.is(wrong.length, 1, "the checker itself must be at work");
      const errors: string[] = [];
      for (const cell of cells) {
        if (cell.kind !== "code") continue;
        for (const { message, range } of await language.check(cell.code, true)) {
          errors.push(`${cell.id}:${range.start.line + 1}: ${message}`);
        }
        await language.commit(cell.code, (await compileCell(cell.code, cell.id)).variables);
      }
      assert.equal(errors, []);
    } finally {
      language.close();
    }
  });
}

test.run();
