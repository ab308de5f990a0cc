/** Every rule optimizer against PyTorch's recorded trajectories: not one bit may differ. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Rule, set_default_device } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { type GoldenFile, golden, type Replayable, replay } from "./golden.ts";

const DEVICES = ["js", "wasm"] as const;

const { SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, NAdam, RAdam, Rprop, ASGD } = optim;
const classes = { SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, NAdam, RAdam, Rprop, ASGD };

/** One change of the order of operations per optimizer: same mathematics, other bits. */
const mutations: Record<keyof typeof classes, [from: string, to: string]> = {
  SGD: ["(1 - dampening) * g", "g - dampening * g"],
  Adagrad: ["clr * g / (sqrt(s) + eps)", "clr * (g / (sqrt(s) + eps))"],
  Adadelta: ["sqrt(u + eps) / sqrt(v + eps) * g", "sqrt(u + eps) * g / sqrt(v + eps)"],
  RMSprop: ["(1 - alpha) * g * g", "(1 - alpha) * (g * g)"],
  Adam: ["step_size * m / denom", "step_size * (m / denom)"],
  AdamW: ["(1 - beta2) * g * g", "(1 - beta2) * (g * g)"],
  Adamax: ["clr * m / u", "clr * (m / u)"],
  NAdam: ["sqrt(v / bias_correction2)", "sqrt(v) / sqrt(bias_correction2)"],
  RAdam: [
    "1 / (sqrt(v) + eps) * sqrt(bias_correction2)",
    "sqrt(bias_correction2) / (sqrt(v) + eps)",
  ],
  Rprop: ["sign(g * prev)", "sign(g) * sign(prev)"],
  ASGD: ["theta * (1 - lambd * eta)", "theta - lambd * eta * theta"],
};

type Construct = new (params: never, options: never) => Replayable;

for (const [name, Class] of Object.entries(classes)) {
  const { inputs, cases } = golden<GoldenFile>(name);
  for (const device of DEVICES) {
    test(`${name} on ${device}: ${cases.length} cases`, () => {
      set_default_device(device);
      const make = (groups: unknown, kwargs: unknown) =>
        new (Class as unknown as Construct)(groups as never, kwargs as never);
      for (const recorded of cases) {
        assert.equal(replay(inputs[recorded.inputs]!, recorded, make), []);
      }
    });
  }

  test(`${name}: the goldens notice another order of operations`, () => {
    const [from, to] = mutations[name as keyof typeof classes];
    const rule: Rule = { ...Class.rule, text: Class.rule.text.replace(from, to) };
    assert.is.not(rule.text, Class.rule.text);
    class Mutant extends optim.RuleOptimizer<Record<string, never>> {
      static override rule = rule;
    }
    const make = (groups: unknown, kwargs: unknown) => new Mutant(groups as never, kwargs as never);
    const differences: string[] = [];
    for (const recorded of cases) {
      differences.push(...replay(inputs[recorded.inputs]!, recorded, make));
    }
    assert.ok(differences.length > 0);
  });
}

test.run();
