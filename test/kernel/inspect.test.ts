import { suite } from "uvu";
import * as assert from "uvu/assert";
import { preloaded, preloadedLazily } from "../../kernel/preload.ts";
import { preludes } from "../../kernel/preludes.ts";
import { TestKernel } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("inspect");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
  for (const cell of [
    "interface Point { a: number }",
    "function add(a: number, b = 2) { return a + b }",
    "import { statSync as stat } from 'node:fs';",
    "class Box<T> { constructor(readonly value: T) {} }\nconst box: Box<number> = new Box(4);",
  ]) {
    await context.kernel.execute(cell);
  }
});
test.after(async (context) => {
  await context.kernel?.stop();
});

test("every preloaded value is known with its documentation", async ({ kernel }) => {
  const names = preludes().flatMap(({ names }) =>
    Array.isArray(names) ? names : [names.namespace],
  );
  const known = { ...(await preloaded()), ...preloadedLazily };
  const values = names.filter((name) => name in known);
  assert.ok(values.length > 60);
  const own = ["display", "clear_output", "prompt", "confirm", "input", "comms", "interruptSignal"];
  for (const code of [...values, ...own]) {
    const { content } = await kernel.request("inspect_request", { code, cursor_pos: code.length });
    const [, ...documentation] = (content.data["text/plain"] as string).split("\n");
    assert.ok(documentation.join("").trim().length > 10, `${code} is not documented`);
    const { content: completed } = await kernel.request("complete_request", {
      code,
      cursor_pos: code.length,
    });
    assert.ok(completed.matches.includes(code), code);
  }
});

/** Level 1 adds what level 0 has not: where the name is defined, and how. */
const sources: [name: string, source: RegExp][] = [
  ["add", /\n\nSource:\nfunction add\(a: number, b = 2\) \{ return a \+ b \}$/],
  ["Point", /\n\nSource:\ninterface Point \{ a: number \}$/],
  ["box", /\n\nSource:\nconst box: Box<number> = new Box\(4\);$/],
  ["SGD", /\n\nSource \(.*dist\/lib\/optim\/sgd\.js:\d+\):\nexport class SGD /],
  ["tensor", /\n\nSource \(.*dist\/lib\/autograd\/.*\.js:\d+\):\nexport function tensor\(/],
  ["stat", /\n\nSource \(.*@types\/node\/fs\.d\.ts:\d+\):\n.*statSync/],
];

for (const [code, source] of sources) {
  test(`inspects ${code} at detail level 1`, async ({ kernel }) => {
    const at = async (detail_level: number): Promise<Record<string, string>> => {
      const request = { code, cursor_pos: code.length, detail_level };
      return (await kernel.request("inspect_request", request)).content.data;
    };
    const [brief, full] = [await at(0), await at(1)];
    assert.not.match(brief["text/plain"]!, /Source/);
    assert.ok(full["text/plain"]!.startsWith(brief["text/plain"]!));
    assert.match(full["text/plain"]!, source);
    assert.match(full["text/markdown"]!, /Source.*:\n\n```typescript\n[^]*```\n$/);
  });
}

test.run();
