/**
 * Rules that want to break out of the compiler: every name is refused, or all that is printed from it
 * compiles and computes what a harmless name would. Nothing of the user's text is ever run as it is.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import {
  assemble,
  check,
  compileJs,
  printFormula,
  printJs,
  printPseudocode,
  printScalars,
  printWat,
  printWgsl,
  type Rule,
  set_default_device,
  specialise,
} from "../../lib/kernels/index.ts";
import { defineOptimizer } from "../../lib/optim/index.ts";

/** A rule that has a name of its own in each place where a name can stand. */
function ruleWith(names: Partial<Record<keyof typeof harmless, string>>): Rule {
  const { rule, option, part, state, symbol, cell, count, element, host } = {
    ...harmless,
    ...names,
  };
  return {
    name: rule,
    papers: [],
    defaults: { lr: 0.5, [option]: 2, pair: [0.25, 0.5] },
    parts: { pair: [part, "second"] },
    state: { [state]: { symbol }, [cell]: { symbol: count, scalar: true } },
    text: `
      ${count} = ${count} + 1
      ${host} = lr * ${option} + second
      ${symbol} = ${symbol} * ${part} + g
      ${element} = ${symbol} * ${host}
      if ${count} > 1: ${element} = ${element} + g
      theta = theta - ${element}
    `,
  };
}

const harmless = {
  rule: "Harmless",
  option: "factor",
  part: "beta",
  state: "average",
  symbol: "m",
  cell: "step",
  count: "t",
  element: "update",
  host: "size",
};
const places = Object.keys(harmless) as (keyof typeof harmless)[];

/** Two steps on a device. */
function steps(rule: Rule, device: "js" | "wasm"): number[] {
  set_default_device(device);
  try {
    const w = tensor([1, 2, 3, 4, 5], { requires_grad: true });
    const optimizer = new (defineOptimizer(rule))([w]);
    w.grad = tensor([1, -2, 0.5, 3, 0]);
    optimizer.step();
    optimizer.step();
    return [...w.data];
  } finally {
    set_default_device("auto");
  }
}

const expected = steps(ruleWith({}), "js");

const noNames = [
  "",
  " ",
  "a b",
  "1a",
  "a-b",
  "a.b",
  "a;b",
  "x){}; globalThis.hacked = 1; function y(",
  "a = globalThis.hacked = 1",
  "a\nglobalThis.hacked = 1\n",
  "\u0061\u200d",
  "é",
  "变量",
  "`${globalThis.hacked = 1}`",
  'a) (export "evil"',
  "a: f32 } fn evil() {",
  "a, globalThis",
  "</script>",
  "__proto__",
  "_",
  "__x",
];

const words = [
  ...["arguments", "eval", "constructor", "toString", "valueOf", "hasOwnProperty", "await", "let"],
  ...["static", "yield", "async", "of", "undefined", "NaN", "Infinity", "globalThis", "process"],
  ...["Math", "fround", "sqrt", "pow", "sign", "n", "i", "scalars", "scalar", "require", "module"],
  ...["theta", "g", "first", "lr", "second", "theta_i", "g_i", "m_i", "step_state", "average_i"],
  ...["t_f32", "lr_f32", "factor_f32", "bytes", "row", "rows", "end", "theta_at", "m_v", "memory"],
  ...["blocks", "block", "id", "groups", "main", "fn", "var", "array", "f32", "vec3u", "filter"],
  ...["loop", "target", "select", "workgroup", "storage", "param", "local", "func", "v128"],
  ...["lr_times_factor_plus_second", "size_f32", "t_above_one", "is_above", "average", "step", "m"],
  ...["if", "else", "and", "or", "not", "lerp", "where", "min", "float32", "null", "true", "a_1"],
];

for (const place of places) {
  test(`${place}: what is no name is refused, and nothing of it runs`, () => {
    for (const name of noNames) {
      // These places also stand in the text, where the parser is the first to see them.
      assert.throws(
        () => steps(ruleWith({ [place]: name }), "js"),
        (error: Error) => error instanceof SyntaxError,
        JSON.stringify(name),
      );
    }
    assert.is((globalThis as { hacked?: number }).hacked, undefined);
  });

  test(`${place}: a word is refused by name, or works like any other`, () => {
    for (const word of words) {
      const isTaken = [...Object.values(harmless), "lr"].includes(word);
      if (isTaken && word !== harmless[place]) continue;
      // A line that assigns these says something else.
      if (["element", "host"].includes(place) && ["theta", "g"].includes(word)) continue;
      const rule = ruleWith({ [place]: word });
      try {
        check(rule);
      } catch (error) {
        assert.instance(error, SyntaxError);
        const { message } = error as Error;
        assert.ok(message.includes(`"${word}"`) || /\(line \d+\)/.test(message), message);
        continue;
      }
      const program = specialise(rule);
      for (const holds of [true, false]) {
        const { source } = printWat(program, () => holds);
        assert.ok(WebAssembly.validate(assemble(source)), `${word}\n${source}`);
        printWgsl(program, () => holds);
      }
      compileJs(printJs(program));
      compileJs(printScalars(program));
      printFormula(rule);
      printPseudocode(rule);
      for (const device of ["js", "wasm"] as const) {
        assert.equal(steps(rule, device), expected, `${place} ${word} on ${device}`);
      }
    }
  });
}

test("numbers in the text are finite, and options may be any number", () => {
  const text = (number: string) => ({ ...ruleWith({}), text: `theta = theta - ${number} * g` });
  for (const number of ["1e400", "9".repeat(400)]) {
    assert.throws(() => check(text(number)), /^number: .* is infinite/);
  }
  for (const number of ["Infinity", "NaN", "0x10", "1_000", "1n", "1e", "0b1", "..1"]) {
    assert.throws(
      () => check(text(number)),
      (error: Error) => error instanceof SyntaxError,
      number,
    );
  }
  for (const lr of [NaN, Infinity, -0, 5e-324]) {
    const rule = { ...ruleWith({}), defaults: { lr, factor: 2, pair: [0.25, 0.5] } };
    assert.equal(steps(rule, "wasm"), steps(rule, "js"), String(lr));
  }
});

test("a state whose name is a word of the text is refused", () => {
  for (const state of ["lr", "theta", "update", "m_i", "g_i"]) {
    assert.throws(() => check(ruleWith({ state })), new RegExp(`^name: "${state}" is `), state);
  }
});

test("a start that names no option is refused, with the options there are", () => {
  const rule = { ...ruleWith({}), state: { average: { symbol: "m", start: "lrr" } } };
  assert.throws(() => check(rule), /^unknown option: "lrr" \(start of average\).*mean "lr"/);
});

test("a name that stands for two things is refused, and both are named", () => {
  assert.throws(
    () => check(ruleWith({ symbol: "factor" })),
    'state: "factor" is already the name of an option. Choose another name',
  );
  assert.throws(
    () => check(ruleWith({ element: "m_i" })),
    'name: "m_i" is element i of m in the loops. Choose another name',
  );
});

test.run();
