/**
 * Runs the examples in the doc comments of lib/: each line that ends in `// expected` must print
 * that. An example can name what its file exports and what the rooms do; its lines share variables.
 */
import { readdirSync, readFileSync } from "node:fs";
import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as autograd from "../../lib/autograd/index.ts";
import * as checkpoint from "../../lib/checkpoint/index.ts";
import * as kernels from "../../lib/kernels/index.ts";
import * as nn from "../../lib/nn/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot } from "../../root.ts";

const ROOMS = ["autograd", "checkpoint", "kernels", "nn", "optim"];
const known: Record<string, unknown> = { ...autograd, ...checkpoint, ...kernels, ...nn, ...optim };

// Inside a namespace, such as lr_scheduler, examples name its classes alone.
for (const value of Object.values(known)) {
  if (Object.prototype.toString.call(value) === "[object Module]") Object.assign(known, value);
}

interface Example {
  file: string;
  line: number;
  code: string[];
}

function examplesIn(file: string): Example[] {
  const lines = readFileSync(fromRoot("lib", file), "utf8").split("\n");
  return lines.flatMap((text, start) => {
    if (!text.trim().startsWith("* @example")) return [];
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => /\*\/|\* @/.test(line));
    const code = rest.slice(0, end).map((line) => line.replace(/^\s*\* ?/, ""));
    return [{ file: `lib/${file}`, line: start + 2, code }];
  });
}

/** The value of an expression as an example writes it, on one line. */
const print = (value: unknown) =>
  inspect(value, { breakLength: Infinity, depth: 9 }).replace(/^'(.*)'$/s, '"$1"');

/** Replaces `code // expected` by a comparison. */
function checked(line: string): string {
  const match = /^(?!\s*\/\/)(.*?);? \/\/ (.+)$/.exec(line);
  if (match === null) return line;
  return `$check(() => (${match[1]}), ${JSON.stringify(match[2])});`;
}

const spaceless = (text: string) => text.replace(/\s+/g, "").replace(/'/g, '"');

async function run({ code, file, line }: Example): Promise<number> {
  let checks = 0;
  const check = (value: () => unknown, expected: string) => {
    checks++;
    const actual = print(value());
    assert.is(spaceless(actual), spaceless(expected), `${file}:${line}: ${actual}`);
  };
  const body = `return (async () => {\n${code.map(checked).join("\n")}\n})();`;
  const own = (await import(
    new URL(`../../${file}`, import.meta.url).href.replace(/ts$/, "js")
  )) as object;
  const names = { ...known, ...own };
  await new Function("$check", ...Object.keys(names), body)(check, ...Object.values(names));
  return checks;
}

for (const room of ROOMS) {
  const files = readdirSync(fromRoot("lib", room), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    for (const example of examplesIn(`${room}/${file}`)) {
      test(`${example.file}:${example.line}`, async () => {
        assert.ok((await run(example)) > 0, "an example shows a result: code // expected");
      });
    }
  }
}

test.run();
