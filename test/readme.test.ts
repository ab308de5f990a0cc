/** What the READMEs say is run. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { transformSync } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot, root } from "../root.ts";

for (const file of ["README.md", "README.zh.md"]) {
  const text = readFileSync(fromRoot(file), "utf8");

  test(`${file}: the example prints what its comment says`, () => {
    const code = text.match(/```ts\n([\s\S]*?)```/)?.[1] ?? "";
    const expected = code.match(/console\.log.*\/\/ (.*)/)?.[1];
    // Inside the package, so that `downhill/optim` resolves to the package itself.
    const script = fromRoot("dist", `example-${file}.mjs`);
    writeFileSync(script, transformSync(code, { loader: "ts" }).code);
    try {
      const printed = execFileSync(process.execPath, [script], { cwd: root, encoding: "utf8" });
      assert.is(printed.trim(), expected);
    } finally {
      rmSync(script);
    }
  });

  test(`${file}: every link inside the repository leads somewhere`, () => {
    for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)\)/g)) {
      if (!target.startsWith("http")) assert.ok(existsSync(fromRoot(target)), target);
    }
  });
}

test.run();
