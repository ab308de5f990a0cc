import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel, withoutColours } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("language");

test.before(async (context) => {
  context.kernel = await TestKernel.start();
});
test.after(async (context) => {
  await context.kernel?.stop();
});

test("plain JavaScript is never nagged", async ({ kernel }) => {
  const cells = [
    "const o = {}; o.x = 1; o.x",
    "let n = 1; n = 'text'; n",
    "parseInt(5) + '5' * 2 + (new Date() - new Date())",
    "function f(a, b) { return a } f(1)",
  ];
  for (const cell of cells) assert.is((await kernel.execute(cell)).reply.status, "ok", cell);
});

/** Cells in one session; a RegExp is the error that keeps the cell from running. */
const cells: [source: string, expected: string | undefined | RegExp][] = [
  ["const x: number = 'a'", /Type 'string' is not assignable to type 'number'. \(TS2322, line 1\)/],
  ["x", /Cannot find name 'x'/],
  ["interface Point { a: number }\nlet counter = 1; const p: Point = { a: 1 };", undefined],
  ["function add(a: number, b = 2) { return a + b }", undefined],
  ["enum Color { Red, Green }\nnamespace Deep { export type T = string }", undefined],
  ["counter = 'x'", /not assignable to type 'number'/],
  ["counter = 5; counter", "5"],
  ["counter++; counter", "6"],
  ["p.b", /Property 'b' does not exist on type 'Point'/],
  ["add('q')", /Argument of type 'string'/],
  ["// @ts-nocheck\nadd('q')", "'q2'"],
  ["const c: Color = Color.Green; c", "1"],
  ["const deep: Deep.T = 5", /not assignable to type 'string'/],
  ["const list = []; list.push(1); list.length", "1"],
  ["function loose(a) { return a } loose(1)", "1"],
  ["new SGD([tensor([1])], { lrr: 0.1 })", /'lrr' does not exist/],
  ["new nn.Linear('2', 3)", /Argument of type 'string'/],
  [
    "const net: nn.Module = new nn.Linear(2, 3); net",
    "Linear(in_features=2, out_features=3, bias=true)",
  ],
  ["const tensor = (n: number) => n; tensor(5)", "5"],
  ["tensor('5')", /Argument of type 'string'/],
  [
    "class Box<T> { constructor(readonly value: T) {} }\nconst box: Box<number> = new Box(4);",
    undefined,
  ],
  ["box.value.toFixed(1)", "'4.0'"],
  ["box.value.length", /Property 'length' does not exist on type 'number'/],
  ["let counter = 'now a text'; counter.length", "10"],
  ["counter.toFixed()", /'toFixed' does not exist on type 'string'/],
  ["import type { Stats } from 'node:fs'; import { statSync as stat } from 'node:fs';", undefined],
  ["const s: Stats = stat('.'); s.isDirectory()", "true"],
  ["const { q, w: [z] } = { q: 1, w: [2] as [number] }; z.toFixed()", "'2'"],
  ["q.x", /Property 'x' does not exist on type 'number'/],
  ["nothing", /Cannot find name 'nothing'/],
  ["await Promise.resolve(1)", "1"],
  ["import fs = require('node:fs'); fs.existsSync('.')", "true"],
  ["import defer * as late from 'node:path'; late.join('a', 'b')", "'a/b'"],
  ["comms.register('typed', (comm, { data }) => comm.send(data))", undefined],
  ["comms.open(5)", /not assignable to parameter of type 'string'/],
  ["interruptSignal().aborted", "false"],
  ["const lion: string = extra.Lion.rule.name; lion", "'Lion'"],
  ["/** @deprecated */ const dated = 1 as const satisfies number; dated", "1"],
  ["declare global { interface Shared { z: 1 } }\nconst shared: Shared = { z: 1 }; shared.z", "1"],
  ["const bytes = new Uint8Array(2); process.platform.length > 1", "true"],
];

for (const [source, expected] of cells) {
  test(`cell: ${source.slice(0, 60)}`, async ({ kernel }) => {
    const { reply, result } = await kernel.execute(source);
    if (expected instanceof RegExp) {
      assert.is(reply.ename, "TypeScriptError", JSON.stringify(reply));
      assert.match(reply.evalue, expected);
    } else {
      assert.is(reply.status, "ok", reply.evalue);
      assert.is(result, expected);
    }
  });
}

test("plain JavaScript is checked for the names it imports, and for nothing else", async () => {
  const kernel = await TestKernel.start();
  try {
    const { reply } = await kernel.execute("import { readFil } from 'fs'");
    assert.match(reply.evalue, /has no exported member named 'readFil'. Did you mean 'readFile'/);
    // A type: nothing at run time.
    const types = await kernel.execute("import { Stats, existsSync } from 'fs'; existsSync('.')");
    assert.is(types.result, "true", JSON.stringify(types.reply));
    assert.is((await kernel.execute("const q = {}; q.any = 1; q.any")).result, "1");
    const used = await kernel.execute("import { PathLike } from 'fs'; new PathLike()");
    assert.is(used.reply.status, "error");
  } finally {
    await kernel.stop();
  }
});

test("a type error shows the line in the cell", async ({ kernel }) => {
  const { reply } = await kernel.execute(
    "const fine = 1;\nconst 数 = '😀'; const t: number = '😀';",
  );
  const text = withoutColours(reply.traceback.join("\n"));
  assert.match(text, /at In\[\d+\]:2:23\n/);
  assert.match(text, /> 2 \| const 数 = '😀'; const t: number = '😀';\n {4}\| .*\^/);
});

/** Code with the cursor at `|`, and what is offered: all of it, or (with "...") among others. */
const completions: [code: string, matches: string[], start?: number][] = [
  ["p.|", ["a"]],
  ["box.val|", ["value"], 4],
  ["'abc'.lengt|", ["length"], 6],
  ["'😀😀'.lengt|", ["length"], 5],
  ["const 😀 = 1; p.|", ["a"]],
  ["coun|", ["counter"], 0],
  ["new SGD([], { weight_|", ["weight_decay"], 14],
  ["const m: Point = { |", ["a"]],
  ["if (true) { const t = [1, 2].map((x) => x.toFi|", ["toFixed"]],
  ["import { readFileS|} from 'node:fs'", ["readFileSync"]],
  ["disp|", ["display"]],
  ["Plot.barX|", ["barX"]],
  ["nn.Sequen|", ["Sequential"]],
  ["gpu.rea|", ["ready"]],
  ["wasm.info.thr|", ["threads"]],
  ["set_default_device('wa|", ["wasm"]],
  ["Deep.|", ["..."]],
  ["// comment p.|", []],
];

for (const [marked, expected, start] of completions) {
  test(`completes ${marked}`, async ({ kernel }) => {
    const code = marked.replace("|", "");
    const cursor_pos = [...marked.slice(0, marked.indexOf("|"))].length;
    const { content } = await kernel.request("complete_request", { code, cursor_pos });
    assert.is(content.status, "ok");
    if (!expected.includes("...")) assert.equal(content.matches, expected);
    assert.is(content.cursor_end, cursor_pos);
    if (start !== undefined) assert.is(content.cursor_start, start);
    const types = content.metadata._jupyter_types_experimental as { text: string }[];
    assert.equal(
      types.map(({ text }) => text),
      content.matches,
    );
  });
}

test("a completion carries kind and signature", async ({ kernel }) => {
  const { content } = await kernel.request("complete_request", { code: "add", cursor_pos: 3 });
  const [match] = content.metadata._jupyter_types_experimental;
  assert.is(match.type, "function");
  assert.match(match.signature, /add\(a: number, b\?: number\): number/);
});

const inspections: [code: string, text: RegExp | undefined][] = [
  ["add|(1)", /function add\(a: number, b\?: number\): number/],
  ["SG|D", /Stochastic gradient descent/],
  ["nn.Embeddin|g", /A row of numbers for each/],
  ["gp|u", /The GPU of this machine/],
  ["gpu.inf|o", /Name, vendor, backend and limits/],
  ["was|m", /The CPU device/],
  ["displ|ay(1)", /Shows a value under the running cell/],
  ["p.a|", /\(property\) Point.a: number/],
  ["Math.max(1, |", /max\(\.\.\.values: number\[\]\)/],
  ["Poin|t", /^interface Point$/],
  ["comm|s", /Lines to the front end, as widgets use them/],
  ["lr_schedul|er", /^namespace lr_scheduler\n+Learning rate schedulers/],
  ["Plo|t", /^module "@observablehq\/plot"\n+Observable Plot, for charts/],
  ["1 + |", undefined],
  ["nobody|", undefined],
];

for (const [marked, text] of inspections) {
  test(`inspects ${marked}`, async ({ kernel }) => {
    const code = marked.replace("|", "");
    const cursor_pos = marked.indexOf("|");
    const request = { code, cursor_pos, detail_level: 0 };
    const { content } = await kernel.request("inspect_request", request);
    assert.is(content.found, text !== undefined);
    if (text === undefined) return;
    assert.match(content.data["text/plain"], text);
    assert.match(content.data["text/markdown"], /^```typescript\n/);
    assert.not.match(content.data["text/plain"], /\.downhill-/);
  });
}

test("completes while a cell is busy", async ({ kernel }) => {
  const id = await kernel.submit(
    "console.log('on'); const end = Date.now() + 1500; while (Date.now() < end);",
  );
  await kernel.waitForText(id, "on");
  const { content } = await kernel.request("complete_request", { code: "p.", cursor_pos: 2 });
  assert.equal(content.matches, ["a"]);
  assert.not(kernel.all.some((each) => each.type === "execute_reply" && each.parent === id));
  await kernel.finished(id);
});

test("a dead language server is replaced, and nobody notices", async ({ kernel }) => {
  const list = await kernel.execute(
    "import { execFileSync } from 'node:child_process';" +
      "execFileSync('pgrep', ['-P', String(process.pid), '-f', '--', '--lsp'], { encoding: 'utf8' }).trim()",
  );
  process.kill(Number(list.result!.replaceAll("'", "")), "SIGKILL");
  assert.is((await kernel.execute("counter.length")).result, "10");
  const { content } = await kernel.request("complete_request", { code: "p.", cursor_pos: 2 });
  assert.equal(content.matches, ["a"]);
});

test('"noCheck" in the tsconfig.json beside the notebook runs everything unchecked', async () => {
  const folder = mkdtempSync(join(tmpdir(), "downhill-unchecked-"));
  writeFileSync(
    join(folder, "tsconfig.json"),
    '{ "compilerOptions": { "noCheck": true } // off\n}',
  );
  const kernel = await TestKernel.start({ cwd: folder });
  try {
    assert.is((await kernel.execute("const x: number = 'a'; x")).result, "'a'");
    const { content } = await kernel.request("complete_request", { code: "tens", cursor_pos: 4 });
    assert.equal(content.matches, ["tensor"]);
  } finally {
    await kernel.stop();
    rmSync(folder, { recursive: true });
  }
});

test("DOWNHILL_TYPECHECK=off runs everything unchecked", async () => {
  const kernel = await TestKernel.start({ env: { DOWNHILL_TYPECHECK: "off" } });
  try {
    assert.is((await kernel.execute("const x: number = 'a'; x")).result, "'a'");
  } finally {
    await kernel.stop();
  }
});

test.run();
