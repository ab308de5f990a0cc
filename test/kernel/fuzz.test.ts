import { test } from "uvu";
import * as assert from "uvu/assert";
import { gauss, rng } from "../../lib/autograd/index.ts";
import { Wire } from "../../kernel/protocol/wire.ts";
import { LINE_END } from "../../kernel/session/code-frame.ts";
import { isComplete } from "../../kernel/session/complete-cell.ts";
import { CellSyntaxError, compileCell } from "../../kernel/session/transform.ts";

/** Pieces of cells; joined at random they make every kind of broken and of odd code. */
const PIECES = [
  "const x",
  "let y",
  "var z",
  "=",
  "1",
  "'s'",
  "`t${",
  "}`",
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  ";",
  "\n",
  "function f",
  "async",
  "await",
  "class K",
  "extends",
  "import a",
  "from 'm'",
  "import(",
  "export",
  "default",
  "enum E",
  "namespace N",
  "interface I",
  "type T",
  ": number",
  "<T>",
  "as",
  "satisfies",
  "=>",
  "...",
  "?.",
  "!",
  "for (",
  "of",
  "in",
  "if (",
  "else",
  "switch",
  "case",
  "try",
  "catch",
  "finally",
  "throw",
  "return",
  "yield",
  "using",
  "@dec",
  "#p",
  "// c\n",
  "/* c",
  "*/",
  "/re/u",
  "😀",
  "数",
  "\ud800",
  "\u2028",
  "\0",
  "import.meta",
  "new.target",
  "this",
  "super",
  "exports",
  "__cell__",
  "Promise",
  "label:",
  "break",
  "0x",
  "1n",
  ",",
  ".",
  "\\u{",
];

const random = rng(20261123);
const normal = gauss(random);
const pick = (): string => PIECES[Math.floor(random() * PIECES.length)]!;

test("whatever is in a cell, it compiles or is a syntax error with a place in it", async () => {
  const dialect = { shadowed: new Set<string>(), experimentalDecorators: false };
  let compiled = 0;
  for (let i = 0; i < 1500; i++) {
    const length = 1 + Math.floor(Math.abs(normal()) * 8);
    const source = Array.from({ length }, pick).join(random() < 0.8 ? " " : "");
    try {
      const { code } = await compileCell(source, "In[1]", dialect);
      new Function(`async () => {${code.replace('"use strict";', "")}\n}`);
      compiled += 1;
    } catch (error) {
      // What the script may not hold although a module may is found by the engine.
      if (error instanceof CellSyntaxError) {
        const lines = source.split(LINE_END).length;
        assert.ok(
          error.line >= 1 && error.line <= lines,
          `${JSON.stringify(source)} ${error.line}`,
        );
      } else assert.instance(error, SyntaxError, JSON.stringify(source));
    }
    const { status } = await isComplete(source);
    assert.ok(["complete", "incomplete", "invalid"].includes(status));
  }
  assert.ok(compiled > 50, `only ${compiled} compiled: the pieces say nothing`);
});

test("whatever arrives on the wire, it is a message or an Error", () => {
  const wire = new Wire("key", "hmac-sha256");
  const header = { ...wire.header("x"), msg_id: "1" };
  const encoded = wire.encode({
    identities: [Buffer.from("id")],
    header,
    parent_header: {},
    metadata: {},
    content: { text: "数😀" },
    buffers: [new Uint8Array([1, 2])],
  });
  // The same words twice: Buffer.from has an overload for each.
  const good = encoded.map((frame) =>
    typeof frame === "string" ? Buffer.from(frame) : Buffer.from(frame),
  );
  assert.equal(wire.decode(good).content, { text: "数😀" });
  for (let i = 0; i < 2000; i++) {
    const frames = good.map((frame) => Buffer.from(frame));
    const victim = Math.floor(random() * frames.length);
    const frame = frames[victim]!;
    const how = random();
    if (how < 0.2) frames.splice(victim, 1);
    else if (how < 0.4) frames.splice(victim, 0, Buffer.from([0xff, 0x7b]));
    else if (how < 0.6) frames.length = victim;
    else if (frame.length > 0) frame[Math.floor(random() * frame.length)]! ^= 1 << (random() * 8);
    try {
      const message = wire.decode(frames);
      assert.is(message.header.msg_type, "x");
    } catch (error) {
      assert.instance(error, Error);
    }
  }
});

test.run();
