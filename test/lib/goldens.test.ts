/** Every rule optimizer against PyTorch's recorded trajectories: not one bit may differ. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Rule } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { type GoldenFile, golden, type Replayable, replay } from "./golden.ts";

const classes = { SGD: optim.SGD };

/** One change of the order of operations per optimizer: same mathematics, other bits. */
const mutations: Record<keyof typeof classes, [from: string, to: string]> = {
  SGD: ["(1 - dampening) * g", "g - dampening * g"],
};

type Construct = new (params: never, options: never) => Replayable;

for (const [name, Class] of Object.entries(classes)) {
  const { inputs, cases } = golden<GoldenFile>(name);
  for (const recorded of cases) {
    test(`${name} ${recorded.name}`, () => {
      const make = (groups: unknown, kwargs: unknown) =>
        new (Class as unknown as Construct)(groups as never, kwargs as never);
      assert.equal(replay(inputs[recorded.inputs]!, recorded, make), []);
    });
  }

  test(`${name}: the goldens notice another order of operations`, () => {
    const [from, to] = mutations[name as keyof typeof classes];
    const rule: Rule = { ...Class.rule, text: Class.rule.text.replace(from, to) };
    assert.is.not(rule.text, Class.rule.text);
    class Mutant extends optim.RuleOptimizer<Record<string, never>> {
      constructor(params: never, options: object) {
        super(params, { ...rule.defaults, ...options } as never, rule);
      }
    }
    const differences = cases.flatMap((recorded) =>
      replay(inputs[recorded.inputs]!, recorded, (g, k) => new Mutant(g as never, k)),
    );
    assert.ok(differences.length > 0);
  });
}

test.run();
