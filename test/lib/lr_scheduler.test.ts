/** Every scheduler against PyTorch's recorded schedules: not one bit may differ. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { type Adam, SGD } from "../../lib/optim/index.ts";
import * as lr_scheduler from "../../lib/optim/lr_scheduler.ts";
import { cos } from "../../lib/optim/lr_scheduler/cos.ts";
import { differing } from "./golden.ts";
import { argument, make, makeOptimizer, type Schedule, schedules, untag } from "./schedules.ts";
import { warningsOf } from "./warnings.ts";

const { ChainedScheduler, ConstantLR, CosineAnnealingLR, ExponentialLR } = lr_scheduler;
const { LambdaLR, LRScheduler, OneCycleLR, ReduceLROnPlateau, SequentialLR, StepLR } = lr_scheduler;

const STEPS = 60;

/** Steps from `from` to `to`, and says where the learning rates or momenta are not the recorded ones. */
function follow(
  { optimizer, scheduler }: ReturnType<typeof make>,
  schedule: Schedule,
  from: number,
  to: number,
): string[] {
  const found: string[] = [];
  const compare = (where: string, actual: number[], expected: number[]) => {
    if (differing(actual, expected) > 0) found.push(`${where}: ${actual}, not ${expected}`);
  };
  for (let k = from; k <= to; k++) {
    if (k > 0) {
      optimizer.step();
      warningsOf(() => scheduler.step(argument(schedule, k)));
    }
    const lrs = optimizer.param_groups.map(({ lr }) => lr);
    compare(`lr after ${k}`, lrs, schedule.lr[k]!);
    compare(`get_last_lr after ${k}`, scheduler.get_last_lr(), schedule.lr[k]!);
    const { momentum, beta1 } = schedule;
    if (momentum) compare(`momentum after ${k}`, values(optimizer, "momentum"), momentum[k]!);
    if (beta1) compare(`beta1 after ${k}`, values(optimizer, "betas"), beta1[k]!);
  }
  return found;
}

function values({ param_groups }: SGD | Adam, name: "momentum" | "betas"): number[] {
  const groups: { momentum?: number; betas?: readonly number[] }[] = param_groups;
  return groups.map((group) => [group[name]].flat()[0] ?? NaN);
}

for (const schedule of schedules) {
  const { afterSteps, getLastLrAfterLoad, stateDict } = schedule.roundTrip;
  const last = schedule.error?.afterSteps ?? STEPS;

  test(`${schedule.class} ${schedule.name}`, () => {
    const { optimizer, scheduler } = make(schedule);
    assert.equal(follow({ optimizer, scheduler }, schedule, 0, last), []);
    if (schedule.error) {
      assert.throws(
        () => scheduler.step(),
        ({ name, message }: Error) =>
          name === schedule.error!.type && message === schedule.error!.message,
      );
    }
    assert.equal(scheduler.state_dict(), untag(schedule.finalStateDict));
    assert.equal(Object.keys(scheduler.state_dict()), Object.keys(schedule.finalStateDict));
    if (schedule.closedFormFinal) {
      assert.equal(scheduler._get_closed_form_lr(), schedule.closedFormFinal);
    }
  });

  test(`${schedule.class} ${schedule.name}: saved as JSON, loaded, goes on the same`, () => {
    const old = make(schedule);
    follow(old, schedule, 0, afterSteps);
    assert.equal(old.scheduler.state_dict(), untag(stateDict));
    const fresh = make(schedule);
    fresh.optimizer.load_state_dict(old.optimizer.state_dict() as never);
    fresh.scheduler.load_state_dict(JSON.parse(JSON.stringify(old.scheduler.state_dict())));
    assert.equal(fresh.scheduler.get_last_lr(), getLastLrAfterLoad);
    assert.equal(follow(fresh, schedule, afterSteps + 1, last), []);
  });
}

test("the records cover every scheduler", () => {
  const recorded = new Set(schedules.map((schedule) => schedule.class));
  const missing = Object.keys(lr_scheduler).filter((name) => !recorded.has(name));
  assert.equal(missing, ["LRScheduler"]);
});

test("the records notice a cosine that is off by one bit", () => {
  const angles = Array.from({ length: 200 }, (_, i) => (Math.PI * i) / 60);
  assert.ok(angles.some((angle) => cos(angle) !== Math.cos(angle)));
  assert.ok(angles.every((angle) => Math.abs(cos(angle) - Math.cos(angle)) < 2e-16));
  const { lr } = schedules.find(({ name }) => name === "cosine_eta")!;
  const { eta_min, base } = { eta_min: 0.001, base: 0.1 };
  let rate = base;
  const off = lr.slice(1).filter(([recorded], i) => {
    const height = (epoch: number) => 1 + Math.cos((Math.PI * epoch) / 60);
    rate = (height(i + 1) / height(i)) * (rate - eta_min) + eta_min;
    return rate !== recorded;
  });
  assert.ok(off.length > 0);
});

const angles: [angle: number, cosine: number][] = [
  [0, 1],
  [Math.PI / 3, 0.5000000000000001],
  [Math.PI / 2, 6.123233995736766e-17],
  [Math.PI, -1],
  [-Math.PI, -1],
  [(3 * Math.PI) / 2, -1.8369701987210297e-16],
  [1000, 0.5623790762907029],
  [1e-30, 1],
];
for (const [angle, cosine] of angles) {
  test(`cos(${angle})`, () => assert.is(cos(angle), cosine));
}

test("cos of what is no angle", () => {
  assert.equal([Infinity, -Infinity, NaN].map(cos), [NaN, NaN, NaN]);
});

const one = (lr = 1) => new SGD([tensor([1], { requires_grad: true })], { lr, momentum: 0.9 });

function rates(optimizer: SGD, scheduler: { step(): void }, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    optimizer.step();
    scheduler.step();
    return optimizer.param_groups[0]!.lr;
  });
}

test("two schedulers on one optimizer multiply", () => {
  const optimizer = one();
  const step = new StepLR(optimizer, { step_size: 2, gamma: 0.5 });
  const decay = new ExponentialLR(optimizer, { gamma: 0.5 });
  const both = { step: () => [step, decay].forEach((scheduler) => scheduler.step()) };
  assert.equal(rates(optimizer, both, 4), [1 / 2, 1 / 8, 1 / 16, 1 / 64]);
});

test("a chain in a sequence; PyTorch warns twice for nothing", () => {
  const optimizer = one();
  const constant = new ConstantLR(optimizer, { factor: 0.5, total_iters: 9 });
  const step = new StepLR(optimizer, { step_size: 2, gamma: 0.5 });
  const decay = new ExponentialLR(optimizer, { gamma: 0.25 });
  const schedulers = [new ChainedScheduler([constant, step]), decay];
  const make = () => new SequentialLR(optimizer, { schedulers, milestones: [3] });
  let scheduler!: ReturnType<typeof make>;
  assert.is(warningsOf(() => (scheduler = make())).length, 2);
  assert.is(optimizer.param_groups[0]!.lr, 0.5);
  assert.equal(rates(optimizer, scheduler, 4), [1 / 2, 1 / 4, 1, 1 / 4]);
});

test("a sequence cannot hand over to a chain, as in PyTorch", () => {
  const optimizer = one();
  const decay = new ExponentialLR(optimizer, { gamma: 0.5 });
  const chain = new ChainedScheduler([new ExponentialLR(optimizer, { gamma: 0.5 })]);
  const scheduler = new SequentialLR(optimizer, { schedulers: [decay, chain], milestones: [1] });
  assert.throws(() => rates(optimizer, scheduler, 1), "get_lr: ChainedScheduler");
});

test("step(epoch) takes the closed form, backwards too", () => {
  const optimizer = one();
  const scheduler = new StepLR(optimizer, { step_size: 2, gamma: 0.5 });
  optimizer.step();
  const warnings = warningsOf(() => {
    assert.equal(
      [7, 2, 1].map((epoch) => {
        scheduler.step(epoch);
        return scheduler.get_last_lr()[0];
      }),
      [1 / 8, 1 / 2, 1],
    );
  });
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, "The epoch parameter in `scheduler.step()` was not necessary");
});

test("a group that joins later follows where the schedule needs no base lr", () => {
  const optimizer = one();
  const late = () => optimizer.add_param_group({ params: [tensor([1], { requires_grad: true })] });
  const step = new StepLR(optimizer, { step_size: 1, gamma: 0.5 });
  rates(optimizer, step, 2);
  late();
  assert.equal(
    optimizer.param_groups.map(({ lr }) => lr),
    [0.25, 1],
  );
  rates(optimizer, step, 1);
  assert.equal(step.get_last_lr(), [0.125, 0.5]);

  const cosine = new CosineAnnealingLR(optimizer, { T_max: 1 });
  const lambda = new LambdaLR(optimizer, { lr_lambda: () => 1 });
  late();
  assert.throws(
    () => rates(optimizer, cosine, 2),
    "lr: nan (group 2, epoch 2). The group was added",
  );
  assert.throws(
    () => rates(optimizer, lambda, 1),
    "lr: nan (group 2, epoch 1). The group was added",
  );
});

test("last_epoch goes on from a loaded optimizer", () => {
  const [old, fresh] = [one(), one()];
  const scheduler = new StepLR(old, { step_size: 2, gamma: 0.5 });
  rates(old, scheduler, 3);
  fresh.load_state_dict(old.state_dict());
  const again = new StepLR(fresh, { step_size: 2, gamma: 0.5, last_epoch: 3 });
  assert.equal(again.get_last_lr(), [0.25]);
  assert.equal(again.base_lrs, [1]);
  assert.is(again.last_epoch, 4);
});

test("the properties of a lambda are saved with it", () => {
  const make = (rate: number) => {
    const lambda = Object.assign((epoch: number) => lambda.rate ** epoch, { rate });
    return new LambdaLR(one(), { lr_lambda: lambda });
  };
  const [half, tenth] = [make(0.5), make(0.1)];
  assert.equal(half.state_dict().lr_lambdas, [{ rate: 0.5 }]);
  tenth.load_state_dict(half.state_dict());
  tenth.optimizer.step();
  tenth.step();
  assert.equal(tenth.get_last_lr(), [0.5]);
});

test("a scheduler of one's own says its learning rates in get_lr", () => {
  class Halve extends LRScheduler {
    override get_lr() {
      return this.groups.map(({ lr }) => (this.last_epoch === 0 ? lr : lr / 2));
    }
  }
  const optimizer = one();
  assert.equal(rates(optimizer, new Halve(optimizer), 2), [0.5, 0.25]);
  assert.throws(() => new LRScheduler(one()), "get_lr: LRScheduler does not implement it");
});

test("a constant metric with patience 10 acts at calls 12 and 23", () => {
  const optimizer = one();
  const scheduler = new ReduceLROnPlateau(optimizer);
  const drops = [];
  for (let call = 1; call <= 25; call++) {
    const before = optimizer.param_groups[0]!.lr;
    scheduler.step(tensor(1));
    if (optimizer.param_groups[0]!.lr < before) drops.push(call);
  }
  assert.equal(drops, [12, 23]);
});

test("ReduceLROnPlateau: groups that join later, and an untouched state through JSON", () => {
  const optimizer = one();
  const late = () => optimizer.add_param_group({ params: [tensor([1], { requires_grad: true })] });
  const scheduler = new ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.5, min_lr: 0.1 });
  scheduler.load_state_dict(JSON.parse(JSON.stringify(scheduler.state_dict())));
  late();
  [1, 1].forEach((metric) => scheduler.step(metric));
  assert.equal(scheduler.get_last_lr(), [0.5, 0.5]);
  assert.is(scheduler.best, 1);

  const strict = new ReduceLROnPlateau(optimizer, { patience: 0, min_lr: [0, 0] });
  late();
  strict.step(1);
  assert.throws(
    () => strict.step(1),
    "(3) differs from when `ReduceLROnPlateau` was initialized (2)",
  );
  assert.throws(() => strict.step(), "needs a metric");
});

const wrong: [what: string, make: () => unknown, message: string][] = [
  [
    "an unknown option",
    () => new StepLR(one(), { step_size: 1, gama: 1 } as never),
    'Did you mean "gamma"?',
  ],
  ["a missing option", () => new StepLR(one(), {} as never), "missing option: step_size"],
  ["a period of 0", () => new StepLR(one(), { step_size: 0 }), "step_size: 0"],
  [
    "T_max 0",
    () => new CosineAnnealingLR(one(), { T_max: 0 }).step(),
    "lr: nan (group 0, epoch 1). Check the options of CosineAnnealingLR",
  ],
  [
    "a first phase without steps",
    () => new OneCycleLR(one(), { max_lr: 1, total_steps: 4, pct_start: 0.25 }),
    "lr: nan (group 0, epoch 0)",
  ],
  [
    "schedulers of two optimizers",
    () => {
      const schedulers = [one(), one()].map((each) => new ExponentialLR(each, { gamma: 1 }));
      return new ChainedScheduler(schedulers);
    },
    "got scheduler ExponentialLR at index 1 has SGD, which is different from SGD.",
  ],
];
for (const [what, make, message] of wrong) {
  test(`refuses ${what}`, () => {
    warningsOf(() => assert.throws(make, (error: Error) => error.message.includes(message)));
  });
}

test("get_lr outside step() warns", () => {
  const scheduler = new ExponentialLR(one(), { gamma: 0.5 });
  const warnings = warningsOf(() => assert.equal(scheduler.get_lr(), [0.5]));
  assert.equal(warnings, [
    "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
  ]);
});

test("warns of an optimizer whose step() was replaced", () => {
  const optimizer = one();
  const scheduler = new ExponentialLR(optimizer, { gamma: 0.5 });
  optimizer.step = (() => undefined) as typeof optimizer.step;
  const warnings = warningsOf(() => scheduler.step());
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, "`optimizer.step()` has been overridden after");
});

test("does not warn when the optimizer stepped first, and watches one optimizer once", () => {
  const optimizer = makeOptimizer();
  const schedulers = [0.5, 0.9].map((gamma) => new ExponentialLR(optimizer, { gamma }));
  const { step } = optimizer;
  new ExponentialLR(optimizer, { gamma: 1 });
  assert.is(optimizer.step, step);
  assert.not.ok(Object.keys(optimizer).includes("step"));
  optimizer.step();
  assert.equal(
    warningsOf(() => schedulers.forEach((scheduler) => scheduler.step())),
    [],
  );
});

test.run();
