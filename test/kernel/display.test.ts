import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel, withoutColours } from "./client.ts";
import type { Content } from "./client.ts";

const test = suite<{ kernel: TestKernel }>("display");

test.before(async (context) => {
  context.kernel = await TestKernel.start({ env: { DOWNHILL_TYPECHECK: "off" } });
});
test.after(async (context) => {
  await context.kernel?.stop();
});

/** The value of a cell, and what its bundle holds: MIME type and text. */
const values: [source: string, bundle: Record<string, string | RegExp>][] = [
  ["5", { "text/plain": "5" }],
  ["'a\\nb'", { "text/plain": "'a\\nb'" }],
  ["-0", { "text/plain": "-0" }],
  ["10n", { "text/plain": "10n" }],
  ["Symbol('s')", { "text/plain": "Symbol(s)" }],
  ["({ a: 1, b: { c: [1, 2] } })", { "text/plain": "{ a: 1, b: { c: [ 1, 2 ] } }" }],
  ["new Map([[1, 'x']])", { "text/plain": "Map(1) { 1 => 'x' }" }],
  ["(function named() {})", { "text/plain": "[Function: named]" }],
  ["new Float32Array([1, 2])", { "text/plain": "Float32Array(2) [ 1, 2 ]" }],
  ["const cyc = {}; cyc.me = cyc; cyc", { "text/plain": "<ref *1> { me: [Circular *1] }" }],
  ["new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })", { "text/plain": /./ }],
  ["({ get a() { throw new Error('getter') } })", { "text/plain": "{ a: [Getter] }" }],
  [
    "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('mine') } })",
    { "text/plain": /mine/ },
  ],
  [
    "Array.from({ length: 100000 }, (_, i) => i)",
    { "text/plain": /^\[[^]*99900 more items\s*\]$/ },
  ],
  ["'x'.repeat(1e7)", { "text/plain": /\.\.\. 9990000 more characters$/ }],
  ["new Error('shown, not thrown')", { "text/plain": /Error: shown, not thrown\n {4}at In\[/ }],
  [
    "[{ a: 1, b: 'x<y' }, { a: 2, c: [1] }]",
    { "text/plain": /a: 1/, "text/html": /<th>a<\/th><th>b<\/th><th>c<\/th>.*x&#60;y.*\[ 1 \]/ },
  ],
  ["[{ a: 1 }, 2]", { "text/plain": "[ { a: 1 }, 2 ]" }],
  ["({ toHTML: () => '<b>x</b>' })", { "text/html": "<b>x</b>", "text/plain": /toHTML/ }],
  ["({ toSVG: () => '<svg/>' })", { "image/svg+xml": "<svg/>", "text/plain": /toSVG/ }],
  ["({ outerHTML: '<p>x</p>', localName: 'p' })", { "text/html": "<p>x</p>", "text/plain": "<p>" }],
  [
    "({ outerHTML: '<svg></svg>', localName: 'svg' })",
    { "image/svg+xml": "<svg></svg>", "text/plain": "<svg>" },
  ],
  [
    "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/markdown': '*x*' }) })",
    { "text/markdown": "*x*" },
  ],
  [
    "({ async [Symbol.for('Jupyter.display')]() { return { 'text/html': 'later' } } })",
    { "text/html": "later" },
  ],
  [
    "class Shown { [Symbol.for('Jupyter.display')]() { return { 'text/html': 'mine' } } }; new Shown()",
    { "text/html": "mine" },
  ],
  ["({ a: 1, [Symbol.for('Jupyter.display')]: () => null })", { "text/plain": /a: 1/ }],
];

for (const [source, expected] of values) {
  test(`value: ${source.slice(0, 80)}`, async ({ kernel }) => {
    const { reply, messages } = await kernel.execute(source);
    assert.is(reply.status, "ok", reply.evalue);
    const data = messages.find((each) => each.type === "execute_result")!.content.data as Content;
    assert.equal(Object.keys(data).sort(), Object.keys(expected).sort());
    for (const [mime, text] of Object.entries(expected)) {
      const actual = withoutColours(data[mime] as string);
      if (typeof text === "string") assert.is(actual, text);
      else assert.match(actual, text);
    }
  });
}

test("a display method that throws is the error of its cell", async ({ kernel }) => {
  const { reply } = await kernel.execute(
    "({ [Symbol.for('Jupyter.display')]() { throw new RangeError('not today') } })",
  );
  assert.is(reply.ename, "RangeError");
});

const shown = (messages: { type: string; content: Content }[]): string[] =>
  messages
    .filter((each) => /display_data|clear_output|stream/.test(each.type))
    .map(
      ({ type, content }) =>
        `${type} ${content.data?.["text/plain"] ?? content.text ?? JSON.stringify(content)}`,
    );

test("display, update by handle and by id, clear_output", async ({ kernel }) => {
  const { messages } = await kernel.execute(
    "const bar = display('0 %'); bar.update('50 %'); console.log('text');" +
      "display(1, { display_id: 'mine' }); display(2, { display_id: 'mine', update: true });" +
      "clear_output(); clear_output(true); display({ 'text/plain': 'raw' }, { raw: true });",
  );
  assert.equal(shown(messages), [
    "display_data '0 %'",
    "update_display_data '50 %'",
    "stream text\n",
    "display_data 1",
    "update_display_data 2",
    'clear_output {"wait":false}',
    'clear_output {"wait":true}',
    "display_data raw",
  ]);
  const displays = messages.filter((each) => each.type.endsWith("display_data"));
  const ids = displays.map((each) => each.content.transient.display_id as string);
  assert.is(ids[0], ids[1]);
  assert.equal(ids.slice(2, 4), ["mine", "mine"]);
});

test("a later cell updates a display of an earlier one", async ({ kernel }) => {
  await kernel.execute("const progress = display('begun')");
  const { id, messages } = await kernel.execute("progress.update('done')");
  const update = messages.find((each) => each.type === "update_display_data");
  assert.is(update?.parent, id);
});

test("a display in a promise comes before the end of its cell", async ({ kernel }) => {
  const { messages } = await kernel.execute(
    "display({ [Symbol.for('Jupyter.display')]: () => new Promise((resolve) =>" +
      " setTimeout(resolve, 30, { 'text/plain': 'slow' })) }); 0",
  );
  assert.equal(shown(messages), ["display_data slow"]);
});

test("console.table, group, time, dir, error", async ({ kernel }) => {
  const run = await kernel.execute(
    "console.table([{ a: 1 }]); console.group('G'); console.log('in'); console.groupEnd();" +
      "console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.time('t'); console.timeEnd('t');" +
      "console.count(); console.assert(false, 'claim'); console.warn('warned')",
  );
  assert.match(run.stdout, /│ *0 *│ 1 *│/);
  assert.match(run.stdout, /G\n {2}in\n\{ a: \[Object\] \}\nt: \d/);
  assert.match(run.stdout, /default: 1/);
  assert.is(run.stderr, "Assertion failed: claim\nwarned\n");
});

test("text split inside a character arrives whole", async ({ kernel }) => {
  const run = await kernel.execute(
    "const bytes = Buffer.from('数😀'); for (const b of bytes) process.stdout.write(Buffer.from([b])); 0",
  );
  assert.is(run.stdout, "数😀");
});

test("a million lines neither vanish nor fill the memory", async ({ kernel }) => {
  const run = await kernel.execute(
    "for (let i = 0; i < 1e6; i++) console.log('line ' + i); process.memoryUsage().rss < 600e6",
  );
  assert.is(run.result, "true");
  assert.is(run.stdout.length, 11_888_890);
  assert.match(run.stdout, /line 999999\n$/);
});

test("streams keep their order", async ({ kernel }) => {
  const { messages } = await kernel.execute(
    "for (let i = 0; i < 50; i++) { console.log('o' + i); console.error('e' + i) }",
  );
  const text = messages.filter((each) => each.type === "stream").map((each) => each.content.text);
  const expected = Array.from({ length: 50 }, (_, i) => `o${i}\ne${i}\n`).join("");
  assert.is(text.join(""), expected);
});

const causes: [source: string, lines: RegExp][] = [
  [
    "throw new Error('outer', { cause: new TypeError('inner') })",
    /Error: outer[^]*Caused by:\n +TypeError: inner/,
  ],
  [
    "throw new AggregateError([new Error('one'), 2], 'both')",
    /AggregateError: both[^]*One of them:\n +Error: one[^]*Uncaught: 2/,
  ],
  ["const loop = new Error('round'); loop.cause = loop; throw loop", /Error: round/],
  ["throw Object.assign(new Error('x'), { name: 'Custom' })", /^Custom: x/],
  ["throw { code: 7 }", /Uncaught: \{ code: 7 \}/],
  ["throw undefined", /Uncaught: undefined/],
  ["throw null", /Uncaught: null/],
  ["throw 10n", /Uncaught: 10n/],
  ["class E extends Error { get message() { throw 1 } }; throw new E()", /cannot be read/],
  ["const deep = () => deep(); deep()", /RangeError: Maximum call stack[^]*\d+ more/],
  ["JSON.parse('{')", /SyntaxError: Expected property name/],
  ["throw new Error('two\\nlines')", /Error: two\nlines\n {4}at In/],
];

for (const [source, lines] of causes) {
  test(`traceback: ${source.slice(0, 70)}`, async ({ kernel }) => {
    const { reply } = await kernel.execute(source);
    assert.is(reply.status, "error");
    const text = withoutColours(reply.traceback.join("\n"));
    assert.match(text, lines);
    assert.not.match(text, /node:internal|dist\/kernel|evaluate\.|inspector/);
  });
}

test.run();
