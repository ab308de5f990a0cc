import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel, withoutColours } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("execute");

test.before(async (context) => {
  // What the type checker says beforehand is the matter of language.test.ts.
  context.kernel = await TestKernel.start({ env: { DOWNHILL_TYPECHECK: "off" } });
});
test.after(async (context) => {
  await context.kernel?.stop();
});

/** Cells run in this order in one session: source, then the value that is shown. */
const cells: [source: string, result: string | undefined, stdout?: string][] = [
  ["1 + 1", "2"],
  ["const x: number = 5;", undefined],
  ["x", "5"],
  ["let x = 6; x", "6"],
  ["var x = 7; x", "7"],
  ["function x() { return 8 } x()", "8"],
  ["class x { static y = 9 } x.y", "9"],
  ["const x = 10; x", "10"],
  ["undefined", undefined],
  ["null", "null"],
  ["'text'", "'text'"],
  ["[1, 2]", "[ 1, 2 ]"],
  ["await Promise.resolve(3)", "3"],
  ["Promise.resolve(4)", "4"],
  ["for (let i = 0; i < 2; i++) { await null; console.log(i) }", undefined, "0\n1\n"],
  ["let cnt = 0; function inc() { cnt += 1 } inc(); cnt", "1"],
  ["cnt = 100; inc(); cnt", "101"],
  ["await (x)", "10"],
  ["early(); function early() { return 'hoisted' }", "'hoisted'"],
  ["enum Color { Red, Green }; Color[0]", "'Red'"],
  ["enum Color { Blue }; Object.keys(Color).length", "2"],
  ["namespace N { export let a = 1; export const f = () => a }; N.f()", "1"],
  ["interface P { a: number }; const p = { a: 1 } satisfies P; p.a", "1"],
  ["const id = <T,>(value: T): T => value; id<number>(4)", "4"],
  // These parse as JavaScript too, as comparisons.
  ["id<number>(5)", "5"],
  ["await new Promise<string>((done) => done('typed'))", "'typed'"],
  ["id<Array<number>>([6])", "[ 6 ]"],
  ["const less = 1 < 2, more = 3 > (2); [less, more]", "[ true, true ]"],
  [
    "abstract class A { constructor(readonly n: number) {} }; class B extends A {}; new B(3).n",
    "3",
  ],
  ["const dec = (f: any, c: any) => { f.mark = c.name }; class D { @dec m() {} }", undefined],
  ["(D.prototype.m as any).mark", "'m'"],
  ["{ using r = { [Symbol.dispose]() { console.log('gone') } } }", undefined, "gone\n"],
  ["export const e = 12; e", "12"],
  ["export default 5", undefined],
  ["if (true) { var inner = 13 } inner", "13"],
  ["var { q, w: [z] } = { q: 1, w: [2] }; q + z", "3"],
  ["for (var i = 0; i < 3; i++); for (var k of [7]); i + k", "10"],
  ["process.stdout.write('a'); console.error('b'); console.log('c')", undefined, "ac\n"],
  ["typeof import.meta.url", "'string'"],
  ["`${1 + 1}`", "'2'"],
  ["typeof this", "'object'"],
  ["using u = { [Symbol.dispose]() {} }; 'used'", "'used'"],
  ["'a' + 'b'", "'ab'"],
  ["// only a comment", undefined],
  [
    "for (using u of [{ [Symbol.dispose]() { console.log('d') } }]) console.log('b')",
    undefined,
    "b\nd\n",
  ],
  [
    "await using later = { async [Symbol.asyncDispose]() { console.log('gone') } }; 6",
    "6",
    "gone\n",
  ],
  [
    "const mark = (_: unknown, c: { kind: string }): any => console.log(c.kind);" +
      "@mark class Marked { @mark accessor a = 1; @mark get g() { return 2 } @mark static s = 3; @mark f = 4 }",
    undefined,
    "accessor\ngetter\nfield\nfield\nclass\n",
  ],
  [
    "class Hidden { #p = 1; static { console.log('static') } has(o: object) { return #p in o } }",
    undefined,
    "static\n",
  ],
  ["namespace Nest.Deep { export const c = 3 } Nest.Deep.c", "3"],
  ["namespace Two { export const a = 1 } namespace Two { export const b = 2 } Two.a + Two.b", "3"],
  ["class Joined { x = 1 } namespace Joined { export const y = 2 } Joined.y", "2"],
  ["const enum Fixed { A = 'q' } Fixed.A", "'q'"],
  [
    "function over(a: string): string; function over(a: number): number; function over(a: any) { return a } over(3)",
    "3",
  ],
  ["const same = <const T,>(value: T) => value; same(['a', 1])", "[ 'a', 1 ]"],
  ["let sure!: number; sure = 3; sure!", "3"],
  ["<any>5", "5"],
  ["function told(x: unknown): asserts x is string {} type Opt = { [K in 'a' | 'b']?: K }; 1", "1"],
  [
    "type Last<T> = T extends [...unknown[], infer U extends number] ? U : never; const l0: Last<['a', 1]> = 1; l0",
    "1",
  ],
  [
    "import type { Stats } from 'node:fs'; export type { Stats }; export * as ns from 'node:os'; 1",
    "1",
  ],
  [
    "1; import { sep } from 'node:path'; import * as os from 'node:os'\nsep.length + typeof os.cpus",
    "'1function'",
  ],
  [
    "for await (const v of (async function* () { yield* [1, 2] })()) console.log(v)",
    undefined,
    "1\n2\n",
  ],
  ["const { a: later9 = await Promise.resolve(4) } = {} as { a?: number }; later9", "4"],
  ["display(5)", undefined],
  // Lines without semicolons stay apart.
  ["let l1 = 1\nvar l2 = 2\n;[l1, l2].length", "2"],
  ["let l3 = 1\nfunction l4() { return 3 }\n(l4)()", "3"],
  ["let l5 = [1]\nexport default l5\n;[2].length", "1"],
  ["let l6 = () => 4\nl6\nvar l7 = 5, l8\nl7", "5"],
  ["if (true) var l9 = 9; else var l9 = 8\nl9", "9"],
  ["for (var m1 = 0, m2 = 2; m1 < m2; m1++) {}\nm1", "2"],
  ["switch (1) { case 1: let s1 = 1\nvar s2 = 6 }\ns2", "6"],
  ["const [m3, { m4 = 2 } = {}] = [1]; m3 + m4", "3"],
  ["label: for (var m5 of [1, 2]) { continue label }\nm5", "2"],
  ["function m6() { return m7() } function m7() { return 7 } m6()", "7"],
  ["function* m8() { yield 1 } [...m8()].length", "1"],
  ["m6.name + m8.name", "'m6m8'"],
  ["async function m9() { var inner = await 9; return inner } await m9()", "9"],
  ["", undefined],
];

for (const [source, result, stdout = ""] of cells) {
  test(`cell: ${source.slice(0, 70)}`, async ({ kernel }) => {
    const run = await kernel.execute(source);
    assert.is(run.reply.status, "ok", JSON.stringify(run.reply));
    assert.is(run.result, result);
    assert.is(run.stdout, stdout);
  });
}

/** A session whose cells take the names of the language's own globals. */
const shadowing: [source: string, result: string | undefined][] = [
  ["class Promise { static mine = 1 }; Promise.mine", "1"],
  ["(async () => 2)().constructor === Promise", "false"],
  ["await (async () => 3)()", "3"],
  ["const process = 4, console = 5, Error = 6, Map = 7, Set = 8, Symbol = 9; process", "4"],
  ["function Object() {} var Array = 10; ({ Array, Map }).Array + Map", "17"],
  ["const { URL, x: { Proxy = 11 } } = { URL: 'u', x: {} }; URL + Proxy", "'u11'"],
  [
    "import { Buffer } from 'node:buffer'; import { URL as Buffer2 } from 'node:url'; typeof Buffer2",
    "'function'",
  ],
  ["globalThis.console.log(globalThis.Error.name); ({ Error() { return 12 } }).Error()", "12"],
  ["const f = (Map) => Map * 2; f(4) + Map", "15"],
  ["let URL = 'again'; URL", "'again'"],
  ["display([{ a: 1 }]); setTimeout(() => {}, 1); process", "4"],
  ["const lines: number[] = [1]; enum Reflect { A }; Reflect.A", "0"],
  ["await new globalThis.Promise((resolve) => setTimeout(resolve, 1, 'done'))", "'done'"],
];

test("a cell may take the name of any global", async () => {
  const kernel = await TestKernel.start({ env: { DOWNHILL_TYPECHECK: "off" } });
  try {
    for (const [source, result] of shadowing) {
      const run = await kernel.execute(source);
      assert.is(run.reply.status, "ok", `${source}: ${run.reply.evalue}`);
      assert.is(run.result, result, source);
    }
    const { reply } = await kernel.execute("\n  null.x");
    assert.match(reply.traceback.join("\n"), /In\[\d+\]:2:8/);
  } finally {
    await kernel.stop();
  }
});

test("process.exit is an error, not the end", async ({ kernel }) => {
  assert.is((await kernel.execute("process.exit(3)")).reply.ename, "SystemExit");
  assert.is((await kernel.execute("1")).result, "1");
});

const errors: [source: string, ename: string, evalue: RegExp, line: RegExp][] = [
  ["\n\nthrow new RangeError('too far')", "RangeError", /^too far$/, /In\[\d+\]:3:7/],
  [
    "interface Long {\n  a: string;\n}\nfunction f(o: any): number {\n  return o.a.b;\n}\nf({})",
    "TypeError",
    /undefined \(reading 'b'\)/,
    /at f \(In\[\d+\]:5:14\)/,
  ],
  ["await Promise.reject(new Error('no'))", "Error", /^no$/, /In\[\d+\]:1:22/],
  ["throw 5", "Uncaught", /^5$/, /5/],
  ["let 1x", "SyntaxError", /Expected identifier|Syntax error/, /In\[\d+\]:1:\d/],
  ["const 数 = '😀'; 数 +* 1", "SyntaxError", /Unexpected/, /In\[\d+\]:1:20/],
  ["with (Math) {}", "SyntaxError", /with/, /In\[\d+\]:1:1/],
  ["nowhere", "ReferenceError", /nowhere is not defined/, /In\[\d+\]:1:1/],
  ["import 'no-such-package'", "Error", /no-such-package/, /Error/],
  ["import { nope } from 'node:fs'", "SyntaxError", /export named 'nope'/, /SyntaxError/],
];

for (const [source, ename, evalue, line] of errors) {
  test(`error: ${source.trim().slice(0, 60)}`, async ({ kernel }) => {
    const { reply, messages } = await kernel.execute(source);
    assert.is(reply.status, "error");
    assert.is(reply.ename, ename);
    assert.match(reply.evalue, evalue);
    assert.match(withoutColours(reply.traceback.join("\n")), line);
    const shown = messages.find((each) => each.type === "error");
    assert.equal(shown?.content.traceback, reply.traceback);
  });
}

test("what waits behind an error is aborted, what comes later runs", async ({ kernel }) => {
  const ids = await Promise.all(
    ["throw new Error('stop')", "1", "2"].map((code) => kernel.submit(code)),
  );
  const [, second, third] = await Promise.all(ids.map((id) => kernel.finished(id)));
  assert.is(second!.reply.status, "aborted");
  assert.is(third!.reply.status, "aborted");
  assert.is((await kernel.execute("3")).result, "3");
});

test("busy, input, output and idle come in this order", async ({ kernel }) => {
  const { messages } = await kernel.execute("console.log('a'); console.error('b'); 1");
  const types = messages.map((each) => each.content.execution_state ?? each.type);
  assert.equal(types, ["busy", "execute_input", "stream", "stream", "execute_result", "idle"]);
});

/** Before a loop that never ends: only text that leaves meanwhile is ever seen. */
const beforeLoop: [when: string, silent: string, source: string, seen: string][] = [
  ["", "0", "for (let i = 0; i < 100; i++) console.log('x' + i)", "x99"],
  [
    ", and a silent cell printed a moment ago",
    "const quiet = setInterval(() => console.log('quiet'), 1)",
    "await new Promise((resolve) => setTimeout(resolve, 50)); clearInterval(quiet); console.log('seen')",
    "seen",
  ],
];

for (const [when, silent, source, seen] of beforeLoop) {
  test(`text is seen while a loop is busy${when}`, async ({ kernel }) => {
    await kernel.execute(silent, { silent: true });
    const id = await kernel.submit(`${source}; for (;;);`);
    try {
      await kernel.waitForText(id, seen);
    } finally {
      await kernel.request("interrupt_request", {}, "control");
    }
    assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
  });
}

test("late output belongs to its own cell", async ({ kernel }) => {
  const early = await kernel.execute("setTimeout(() => console.log('late'), 30); 0");
  await kernel.execute("await new Promise((resolve) => setTimeout(resolve, 60))");
  const late = await kernel.wait("late text", (each) => each.content.text === "late\n");
  assert.is(late.parent, early.id);
});

test("a late exception is shown in its own cell and the kernel lives on", async ({ kernel }) => {
  const { id } = await kernel.execute("setTimeout(() => { throw new Error('late') }, 5); 0");
  const shown = await kernel.wait("error", (each) => each.type === "error" && each.parent === id);
  assert.is(shown.content.evalue, "late");
  const rejection = await kernel.execute("void Promise.reject(new Error('unhandled')); 0");
  await kernel.wait("error", (each) => each.type === "error" && each.parent === rejection.id);
  assert.is((await kernel.execute("1")).result, "1");
});

test.run();
