import katex from "katex";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gauss, rng } from "../../lib/autograd/index.ts";
import {
  check,
  compileJs,
  evaluateStep,
  type Options,
  pow,
  printFormula,
  printJs,
  printPlainPseudocode,
  printPseudocode,
  type Rule,
  settings,
  specialise,
  type Trace,
} from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";

const rules: Rule[] = Object.values({ ...optim, ...optim.extra }).flatMap((value) => {
  const { rule } = value as { rule?: Rule };
  return rule?.text === undefined ? [] : [rule];
});

const plain: Rule = {
  name: "Plain",
  papers: [],
  defaults: { lr: 0.1, momentum: 0 },
  state: { momentum_buffer: { symbol: "b" }, step: { symbol: "t", scalar: true } },
  text: "theta = theta - lr * g",
};

const errors: [text: string, message: string | RegExp][] = [
  [
    "g = -g\n\ntheta = theta - lrr * g",
    'unknown name: "lrr" (line 3). Known: theta, g, first, lr, momentum, b, t. ' +
      'Did you mean "lr"?',
  ],
  ["theta = theta - zebra * g", /^unknown name: "zebra" .*b, t\.$/],
  ["theta = sqr(g)", /^unknown function: "sqr" \(line 1\).* Did you mean "sqrt"\?$/],
  ["theta = sqrt(g, g)", "arguments of sqrt: 2. It takes 1 (line 1)"],
  ["theta = theta -", "expected a value, found the end (line 1)"],
  ["theta = (theta", 'expected ")", found the end (line 1)'],
  ["theta theta", 'expected "=", found "theta" (line 1)'],
  ["theta = g g", 'unexpected: "g" (line 1)'],
  ["theta = g; lr", 'unexpected character: ";" (line 1)'],
  ["theta = process['exit']", 'unexpected character: "[" (line 1)'],
  ["theta = `${1}`", 'unexpected character: "`" (line 1)'],
  ["return = g", 'name: "return" is a reserved word (line 1). Choose another name'],
  ["theta = 1e999 * g", /^number: 1e999 is infinite.* \(line 1\)$/],
  ["else: theta = g", /^unexpected: "else"/],
  ["if momentum != 0:\ntheta = g", /^nothing follows the colon/],
  ["theta = g\n    g = theta", /^indentation fits no line above \(line 2\)/],
  ["if g > 0: theta = g", /^condition: it looks at elements \(line 1\)/],
  ["lr = 2", /^option: "lr" cannot be assigned \(line 1\)/],
  ["x = lr\nx = x * g", /^name: "x" stands for one number/],
  ["theta = g ** 2", /^power: of an element \(line 1\)/],
  ["theta = lerp(theta, g, g)", /^lerp: the weight touches an element/],
];

for (const [text, message] of errors) {
  test(`error: ${text.replace(/\s+/g, " ")}`, () => {
    const rule = { ...plain, text };
    if (typeof message === "string") {
      assert.throws(
        () => check(rule),
        (error: Error) => error.message === message,
      );
    } else assert.throws(() => check(rule), message);
  });
}

test("what touches no element is computed once, in double, and rounded where it meets one", () => {
  const { source } = printJs(specialise({ ...plain, text: "theta = theta * (1 - lr * momentum)" }));
  assert.match(source, "const one_minus_lr_times_momentum = fround(1 - lr * momentum);");
  assert.match(source, "theta_i = fround(theta_i * one_minus_lr_times_momentum);");
});

test("a scalar state that the text changes later is read before", () => {
  const text = "theta = theta - t * g\nt = t + 1";
  for (const dtype of ["float32", "float64"] as const) {
    const step = compileJs(printJs(specialise({ ...plain, text }, {}, dtype))) as Function;
    const [theta, t] = [new Float64Array([5]), new Float32Array([2])];
    step(1, theta, new Float64Array([1]), t);
    assert.is(theta[0], 3);
    assert.is(t[0], 3);
  }
});

test("equal slugs of different expressions stay apart", () => {
  const text = "theta = theta + (lr + momentum) * 3 * g + (lr + momentum * 3) * g";
  const step = compileJs(printJs(specialise({ ...plain, text }, {}, "float64"))) as Function;
  const theta = new Float64Array([0]);
  step(1, theta, new Float64Array([1]), 0.5, 0.25);
  assert.is(theta[0], 0.75 * 3 + 0.5 + 0.25 * 3);
});

test("powers of whole numbers are right to the last bit", () => {
  const cases: [number, number, number][] = [
    [0.999, 1000, 0.36769542477096373],
    [0.9, 10, 0.3486784401000001],
    [2, 0.5, Math.SQRT2],
    [0.9, 0, 1],
    [10, 400, Infinity],
  ];
  for (const [x, y, expected] of cases) assert.is(pow(x, y), expected);
});

/** Options that differ from the defaults, one at a time and all together. */
function optionSets(rule: Rule): Options[] {
  const changed = Object.entries(rule.defaults).flatMap(
    ([name, value]): [string, Options[string]][] => {
      if (["foreach", "fused", "capturable", "differentiable"].includes(name)) return [];
      if (typeof value === "boolean") return [[name, !value]];
      return typeof value === "number" ? [[name, value === 0 ? 0.125 : value / 2]] : [];
    },
  );
  return [{}, ...changed.map((entry) => Object.fromEntries([entry])), Object.fromEntries(changed)];
}

for (const rule of rules) {
  test(`${rule.name}: formula and pseudocode typeset without a warning`, () => {
    const strict = { throwOnError: true, strict: "error", displayMode: true } as const;
    for (const tex of [
      printPseudocode(rule),
      ...optionSets(rule).map((o) => printFormula(rule, o)),
    ]) {
      assert.ok(katex.renderToString(tex, strict));
    }
    assert.match(printPlainPseudocode(rule), rule.text.trim().split("\n")[0]!);
  });

  test(`${rule.name}: the loop in double agrees with the plain evaluation`, () => {
    for (const options of optionSets(rule)) {
      const normal = gauss(rng(3));
      const theta = Array.from({ length: 5 }, normal);
      const trace: Trace = { theta: [...theta], g: [], state: {} };
      const program = specialise(rule, options, "float64");
      const step = compileJs(printJs(program)) as Function;
      const values = settings(rule, options);
      const data = (name: string, cell: boolean) => {
        const start = rule.state[name]?.start ?? 0;
        const value = Number(typeof start === "string" ? values[start] : start);
        return new Float64Array(cell ? 1 : 5).fill(value);
      };
      const own = [
        ...program.arrays.slice(2).map(({ name }) => data(name, false)),
        ...program.cells.map(({ name }) => data(name, true)),
      ];
      const moving = Float64Array.from(theta);
      for (let t = 0; t < 8; t++) {
        const g = Array.from({ length: 5 }, normal);
        const given: Record<string, unknown> = { ...values, first: t === 0 };
        evaluateStep(rule, Object.assign(trace, { g }), options);
        step(5, moving, Float64Array.from(g), ...own, ...program.inputs.map((name) => given[name]));
        trace.theta.forEach((expected, i) => {
          const error = Math.abs(moving[i]! - expected);
          assert.ok(error <= 1e-6 * Math.abs(expected), `${JSON.stringify(options)} step ${t}`);
        });
      }
    }
  });
}

test("a buffer that the first gradient fills has no other start", () => {
  assert.not.match(printPseudocode(optim.SGD.rule), "initialize");
  assert.not.match(printPlainPseudocode(optim.SGD.rule), "start:");
  assert.match(printPseudocode(optim.Adam.rule), "initialize");
});

test.run();
