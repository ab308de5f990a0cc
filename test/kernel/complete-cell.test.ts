import { test } from "uvu";
import * as assert from "uvu/assert";
import { isComplete } from "../../kernel/session/complete-cell.ts";

/** Source, and the indent of the next line (or "complete", "invalid"). */
const cells: [source: string, verdict: "complete" | "invalid" | { indent: string }][] = [
  ["", "complete"],
  ["1 + 1", "complete"],
  ["const f = () => {\n  return 1;\n}", "complete"],
  ["await f()", "complete"],
  ["interface A {}", "complete"],
  ["`a\n${b}`", "complete"],
  ["function f() {", { indent: "  " }],
  ["f(", { indent: "  " }],
  ["const f = () =>", { indent: "  " }],
  ["if (a) {\n  for (;;) {", { indent: "    " }],
  ["x => {\n  [", { indent: "    " }],
  ["if (a) {\n  b()", { indent: "  " }],
  ["interface A {", { indent: "  " }],
  ["let x =", { indent: "" }],
  ["`abc", { indent: "" }],
  ["`a ${b", { indent: "" }],
  ["/* a", { indent: "" }],
  ["import {", { indent: "  " }],
  ["'abc", "invalid"],
  ["/abc", "invalid"],
  ["1x", "invalid"],
  [")", "invalid"],
];

for (const [source, verdict] of cells) {
  test(JSON.stringify(source), async () => {
    const expected =
      typeof verdict === "string" ? { status: verdict } : { status: "incomplete", ...verdict };
    assert.equal(await isComplete(source), expected);
  });
}

test.run();
