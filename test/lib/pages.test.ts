/**
 * The reading pages in docs/optimizers are what the rules print. A page that differs is written
 * beside it as NAME-changed.md; `UPDATE=1` accepts what is printed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Options, printPage, type Rule } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot } from "../../root.ts";

const rules = Object.values({ ...optim, ...optim.extra }).flatMap((value) => {
  const { rule } = value as { rule?: Rule };
  return rule?.text === undefined ? [] : [rule];
});

/** Options that show more of an optimizer than its defaults do. */
const shown: Record<string, Options> = { SGD: { momentum: 0.9, weight_decay: 1e-4 } };

const folder = fromRoot("docs", "optimizers");
mkdirSync(folder, { recursive: true });

for (const rule of rules) {
  test(`docs/optimizers/${rule.name}.md`, () => {
    const page = printPage(rule, shown[rule.name]);
    const file = `${folder}/${rule.name}.md`;
    const changed = `${folder}/${rule.name}-changed.md`;
    if (process.env.UPDATE) writeFileSync(file, page);
    const same = existsSync(file) && readFileSync(file, "utf8") === page;
    if (same) rmSync(changed, { force: true });
    else writeFileSync(changed, page);
    assert.ok(same, `compare with ${changed}; UPDATE=1 accepts it`);
  });
}

test("no page is left over", () => {
  const names = new Set(rules.map(({ name }) => `${name}.md`));
  const odd = readdirSync(folder).filter((file) => !names.has(file));
  assert.equal(odd, []);
});

test.run();
