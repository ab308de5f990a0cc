import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel, withoutColours } from "./client.ts";

const test = suite<{ kernel: TestKernel; folder: string }>("imports");

/** What lies beside the notebook; the folder has a space and letters beyond ASCII. */
const files: Record<string, string> = {
  "util.ts":
    "import { base } from './lib/base.ts';\nexport const triple = (n: number): number => base * n;\n" +
    "export interface Shape { sides: number }\nexport default 'util';\n",
  "lib/base.ts": "export const base: number = 3;\n",
  "lib/index.ts": "export const name = 'index';\n",
  "bad.ts": "type T = string;\n\nexport function fail(): T {\n  throw new Error('in file');\n}\n",
  "plain.js": "export const plain = 1;\n",
  "data.json": '{ "n": 5 }',
  "common.cjs": "module.exports = { answer: 42 };\n",
  "typed.cts": "export const typed: number = 43;\n",
  "node_modules/esm-only/package.json":
    '{"name":"esm-only","version":"1.0.0","type":"module","exports":{".":{"import":"./main.js"},"./sub":"./sub.js"}}',
  "node_modules/esm-only/main.js": "export default 'esm'; export const where = import.meta.url;\n",
  "node_modules/esm-only/sub.js": "export const sub = 'sub';\n",
  "node_modules/dual/package.json":
    '{"name":"dual","version":"1.0.0","exports":{".":{"import":"./main.mjs","require":"./main.cjs"},"./data/*":"./data/*.js","./inner/*":null}}',
  "node_modules/dual/main.mjs": "export const way = 'import';\n",
  "node_modules/dual/main.cjs": "exports.way = 'require';\n",
  "node_modules/dual/data/one.js": "exports.one = 1;\n",
  "node_modules/dual/inner/x.js": "exports.x = 1;\n",
  "broken.ts": "export const x: = 1;\n",
  "node_modules/cjs/package.json": '{"name":"cjs","version":"1.0.0","main":"./main.js"}',
  "node_modules/cjs/main.js": "exports.kind = 'cjs';\n",
};

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), "notizbücher 笔记 "));
  for (const [name, text] of Object.entries(files)) write(context.folder, name, text);
  context.kernel = await TestKernel.start({ cwd: context.folder });
});
test.after(async (context) => {
  await context.kernel?.stop();
  rmSync(context.folder, { recursive: true, force: true });
});

function write(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const cells: [source: string, result: string][] = [
  ["import fs, { readFileSync as read } from 'node:fs'; fs.readFileSync === read", "true"],
  ["import * as path from 'path'; path.join('a', 'b')", "'a/b'"],
  ["import esm, { where } from 'esm-only'; esm", "'esm'"],
  ["import { sub } from 'esm-only/sub'; sub", "'sub'"],
  ["import cjs, { kind } from 'cjs'; [cjs.kind, kind].join()", "'cjs,cjs'"],
  ["require('cjs').kind", "'cjs'"],
  ["import { way } from 'dual'; [way, require('dual').way].join()", "'import,require'"],
  ["import { one } from 'dual/data/one'; one", "1"],
  ["require('downhill/optim').SGD === SGD", "true"],
  ["typeof require('@observablehq/plot').plot", "'function'"],
  ["(await import('esm-only')).default", "'esm'"],
  ["const load = (name) => import(name); (await load('cjs')).kind", "'cjs'"],
  ["import { triple } from './util.ts'; triple(2)", "6"],
  ["import util from './util'; util", "'util'"],
  ["import util2 from './util.js'; util2", "'util'"],
  ["import { name } from './lib'; name", "'index'"],
  ["import { plain } from './plain.js'; plain", "1"],
  ["import data from './data.json'; data.n", "5"],
  ["import data2 from './data.json' with { type: 'json' }; data2.n", "5"],
  ["require('./data.json').n", "5"],
  ["import common from './common.cjs'; common.answer", "42"],
  ["require('./common.cjs').answer", "42"],
  ["require('./typed.cts').typed", "43"],
  ["require('./util.ts').triple(3)", "9"],
  ["typeof require.resolve('cjs')", "'string'"],
  ["import { SGD as Own } from 'downhill/optim'; Own === SGD", "true"],
  ["import { tensor as made } from 'downhill/autograd'; made === tensor", "true"],
  ["import * as P from '@observablehq/plot'; typeof P.plot", "'function'"],
  ["import 'node:os'; export { sep } from 'node:path'; export * from 'node:url'; 1", "1"],
  ["import { type Stats, statSync } from 'node:fs'; statSync('.').isDirectory()", "true"],
  ["import type { Shape } from './util.ts'; const s: Shape = { sides: 3 }; s.sides", "3"],
  [
    "import { fileURLToPath } from 'node:url'; fileURLToPath(new URL('.', import.meta.url)) === process.cwd() + '/'",
    "true",
  ],
  [
    "import { Shape as S, triple as t } from './util.ts'; const s2: S = { sides: t(1) }; s2.sides",
    "3",
  ],
  ["import { n as five } from './data.json'; five", "5"],
  ["typeof require('tslab').display.html", "'function'"],
  ["import.meta.dirname === process.cwd()", "true"],
];

for (const [source, result] of cells) {
  test(source.slice(0, 90), async ({ kernel }) => {
    const run = await kernel.execute(source);
    assert.is(run.reply.status, "ok", JSON.stringify(run.reply));
    assert.is(run.result, result);
  });
}

test("a changed local file is read again, also behind another one", async ({ kernel, folder }) => {
  write(folder, "lib/base.ts", "export const base: number = 5;\n");
  utimesSync(join(folder, "lib/base.ts"), new Date(), new Date(Date.now() + 5000));
  assert.is((await kernel.execute("import { triple } from './util.ts'; triple(2)")).result, "10");
  assert.is((await kernel.execute("require('./util.ts').triple(2)")).result, "10");
});

test("a type in a changed local file is known", async ({ kernel, folder }) => {
  write(folder, "util.ts", "export const triple = (n: number): string => 'x'.repeat(n);\n");
  utimesSync(join(folder, "util.ts"), new Date(), new Date(Date.now() + 9000));
  const run = await kernel.execute("import { triple } from './util.ts'; triple(2).toUpperCase()");
  assert.is(run.result, "'XX'", JSON.stringify(run.reply));
});

test("an error in a local file points to its own line", async ({ kernel }) => {
  const { reply } = await kernel.execute("import { fail } from './bad.ts'; fail()");
  assert.is(reply.evalue, "in file");
  assert.match(reply.traceback.join("\n"), /at fail \(\.\/bad\.ts:4:9\)/);
});

const failures: [source: string, message: RegExp][] = [
  ["import 'no-such-package'", /Cannot find package 'no-such-package'/],
  ["import { x } from './nowhere.ts'", /nowhere\.ts/],
  ["// @ts-nocheck\nimport { nope } from 'node:fs'", /does not provide an export named 'nope'/],
  ["require('no-such-package')", /Cannot find module 'no-such-package'/],
  ["import 'no-such-package/sub'", /Beside the notebook: npm install no-such-package$/],
  ["import '@scope/none/sub'", /npm install @scope\/none$/],
  ["import 'dual/inner/x'", /'\.\/inner\/x' is not defined by "exports"/],
  ["import './broken.ts'", /Unexpected "=" \(.*broken\.ts:1:17\)/],
];

test("a failed import is shown where it stands in the cell", async ({ kernel }) => {
  for (const source of ["\n// one\nimport './nowhere.ts'", "\n\nawait import('./nowhere.ts')"]) {
    const { reply } = await kernel.execute(source);
    const text = withoutColours(reply.traceback.join("\n"));
    assert.match(text, /Cannot find module '.*nowhere\.ts'\n {4}at .*In\[\d+\]:3:\d+\n/);
    assert.match(text, /> 3 \| .*import/);
    assert.not.match(text, /node:|loader|\[cell\]/);
  }
});

for (const [source, message] of failures) {
  test(`fails: ${source}`, async ({ kernel }) => {
    const { reply } = await kernel.execute(source);
    assert.is(reply.status, "error");
    assert.match(reply.evalue, message);
  });
}

test.run();
