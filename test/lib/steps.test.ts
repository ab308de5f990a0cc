/** How the steps of a rule optimizer run: what is compiled when, and what one call steps together. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { no_grad, Tensor, tensor } from "../../lib/autograd/index.ts";
import {
  type DeviceName,
  printFormula,
  printJs,
  type Rule,
  set_default_device,
  specialise,
} from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";

const { SGD, AdamW, lr_scheduler } = optim;
const DEVICES = ["js", "wasm"] as const;

/** Runs something on a device, and counts the WebAssembly functions that are made meanwhile. */
function on(device: DeviceName, work: () => void): number {
  const { Instance } = WebAssembly;
  let made = 0;
  WebAssembly.Instance = class extends Instance {
    constructor(...given: ConstructorParameters<typeof Instance>) {
      super(...given);
      made++;
    }
  };
  set_default_device(device);
  try {
    work();
  } finally {
    WebAssembly.Instance = Instance;
    set_default_device("auto");
  }
  return made;
}

function parameter(size: number, gradient = 1): Tensor {
  const w = tensor(new Float32Array(size).fill(1), { requires_grad: true });
  no_grad(() => w.accumulateGrad(tensor(new Float32Array(size).fill(gradient))));
  return w;
}

test("a schedule that moves every option compiles two kernels: the first step's, and the others'", () => {
  const made = on("wasm", () => {
    const opt = new SGD([parameter(10)], { lr: 0.1, momentum: 0.9, weight_decay: 0.1 });
    const schedule = new lr_scheduler.OneCycleLR(opt, { max_lr: 1, total_steps: 200 });
    const momenta = new Set<number>();
    for (let step = 0; step < 199; step++) {
      opt.param_groups[0]!.weight_decay = 0.1 + step / 1000;
      opt.step();
      schedule.step();
      momenta.add(opt.param_groups[0]!.momentum);
    }
    assert.ok(momenta.size > 190);
  });
  assert.is(made, 2);
});

test("an option that changes a branch changes the program at once, and back", () => {
  for (const device of DEVICES) {
    on(device, () => {
      const w = parameter(5);
      const opt = new SGD([w], { lr: 1 });
      const seen = [0, 0.5, 0].map((weight_decay) => {
        opt.param_groups[0]!.weight_decay = weight_decay;
        opt.step();
        return w.data[4];
      });
      assert.equal(seen, [0, -1, -2], device);
    });
  }
});

test("options that take the same branches have one program, for every optimizer", () => {
  const program = (options: object) => specialise(SGD.rule, { ...options });
  assert.is(program({ momentum: 0.9 }), program({ momentum: 0.5, lr: 3 }));
  assert.is.not(program({ momentum: 0.9 }), program({}));
  const weight = (beta: number) => specialise(AdamW.rule, { betas: [beta, 0.999] });
  assert.is(weight(0.9), weight(0.8));
  assert.is.not(weight(0.9), weight(0.2), "lerp starts from the nearer end");
});

const known = (text: string): Rule => ({
  name: "Known",
  papers: [],
  defaults: { lr: 1 },
  state: { step: { symbol: "t", scalar: true } },
  text,
});

test("what was known of a name ends when it gets another value", () => {
  const again = known("t = t + 1\nx = lr\nx = t\nif x == 1: theta = theta - g");
  assert.match(printJs(specialise(again)).source, /if \(.*is_one\)/);
  assert.match(printFormula(again), "if ");
  const maybe = known("t = t + 1\nx = lr\nif t > 1: x = 2\nif x == 1: theta = theta - g");
  assert.match(printJs(specialise(maybe)).source, /if \(.*is_one\)/);
  assert.match(printFormula(maybe), "if }");
});

for (const device of DEVICES) {
  test(`${device}: a parameter that stands twice in its group is stepped twice, one after the other`, () => {
    on(device, () => {
      const warn = console.warn;
      console.warn = () => {};
      const w = parameter(300_000);
      const opt = new SGD([w, w], { lr: 1, weight_decay: 1 });
      console.warn = warn;
      opt.step();
      assert.ok(w.data.every((value) => value === -1));
    });
  });

  test(`${device}: gradients set by hand, in parameters of many sizes, at once`, () => {
    on(device, () => {
      const params = Array.from({ length: 6000 }, (_, i) => parameter(i % 9));
      params.push(parameter(40_000));
      const opt = new SGD(params, { lr: 1 });
      params.forEach((w, i) => (w.grad = tensor(new Float32Array(w.size).fill(i))));
      opt.step();
      params.forEach((w, i) => assert.ok(w.data.every((value) => value === 1 - i, `${i}`)));
    });
  });

  test(`${device}: data and state that somebody replaces are the ones that count`, () => {
    on(device, () => {
      const w = parameter(20_000);
      const opt = new SGD([w], { lr: 1, momentum: 1 });
      opt.step();
      w.data = new Float32Array(20_000).fill(5);
      opt.state.get(w)!.momentum_buffer = tensor(new Float32Array(20_000).fill(2));
      opt.step();
      assert.ok(w.data.every((value) => value === 2));
      assert.is((opt.state.get(w)!.momentum_buffer as Tensor).data[19_999], 3);
      opt.state.delete(w);
      opt.step();
      assert.ok(w.data.every((value) => value === 1));
    });
  });

  test(`${device}: parameters may leave a group and come into it`, () => {
    on(device, () => {
      const [a, b, c] = [parameter(3), parameter(4), parameter(5)];
      const opt = new SGD([a, b], { lr: 1, momentum: 1 });
      opt.step();
      opt.param_groups[0]!.params.shift();
      opt.param_groups[0]!.params.push(c);
      opt.step();
      assert.equal(
        [a, b, c].map(({ data }) => data[2]),
        [0, -2, 0],
      );
    });
  });

  test(`${device}: state that does not fit its parameter is refused before anything is changed`, () => {
    on(device, () => {
      const w = parameter(3);
      const opt = new SGD([w], { lr: 1, momentum: 1 });
      opt.step();
      opt.state.get(w)!.momentum_buffer = tensor([1, 2]);
      assert.throws(
        () => opt.step(),
        "momentum_buffer: float32 of 2 elements does not fit its parameter's float32 of 3 elements. " +
          "Assign a tensor of the parameter's shape and dtype",
      );
      assert.is(w.data[0], 0);
    });
  });

  test(`${device}: parameters of different age step together, each with its own count`, () => {
    on(device, () => {
      const params = Array.from({ length: 50 }, () => parameter(10));
      const opt = new AdamW(params, { lr: 0.1 });
      for (let step = 0; step < 3; step++) {
        params.forEach((w, i) => (w.grad = i % 3 <= step ? tensor(new Float32Array(10)) : null));
        opt.step();
      }
      const ages = params.map((w) => (opt.state.get(w)!.step as Tensor).item());
      assert.equal(
        ages,
        params.map((_, i) => 3 - (i % 3)),
      );
    });
  });
}

test("gradients that are clipped stay where the kernel reaches them", () => {
  on("wasm", () => {
    const w = parameter(3, 0);
    const opt = new SGD([w], { lr: 1 });
    const homes = [1, 2].map((step) => {
      opt.zero_grad();
      w.mul(3 * step)
        .sum()
        .backward();
      optim.clip_grad_norm_([w], 1);
      optim.clip_grad_value_([w], 0.5);
      opt.step();
      return w.peekGrad()!.data;
    });
    assert.is(homes[0], homes[1]);
    assert.equal([...w.data], [0, 0, 0]);
  });
});

test("a step count that was saved as a number goes on", () => {
  const [w, again] = [parameter(2), parameter(2)];
  const opt = new AdamW([w]);
  opt.step();
  opt.step();
  const saved = opt.state_dict();
  saved.state[0]!.step = 2;
  const other = new AdamW([again]);
  other.load_state_dict(saved);
  other.step();
  assert.is((other.state.get(again)!.step as Tensor).item(), 3);
});

test.run();
