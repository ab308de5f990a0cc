/** PyTorch's recorded errors and warnings of schedulers, text for text. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { SGD } from "../../lib/optim/index.ts";
import * as lr_scheduler from "../../lib/optim/lr_scheduler.ts";
import { SWALR } from "../../lib/optim/swa_utils.ts";
import { golden } from "./golden.ts";
import { makeOptimizer } from "./schedules.ts";
import { warningsOf } from "./warnings.ts";

interface Recorded {
  what: string;
  type: string | null;
  message?: string;
  warnings?: string[];
}

const recorded = golden<{ schedulers: Recorded[] }>("errors").schedulers;

type Class = new (optimizer: unknown, options?: unknown) => unknown;
const classes = { ...lr_scheduler, SWALR } as unknown as Record<string, Class>;
const { ChainedScheduler, CosineAnnealingWarmRestarts, StepLR } = lr_scheduler;

const step = (optimizer = makeOptimizer()) => new StepLR(optimizer, { step_size: 1 });
const half = () => 0.5;

/** Makes a scheduler of a class for two groups. */
function make(name: string, options: object, optimizer: unknown = makeOptimizer()): unknown {
  return new classes[name]!(optimizer, options);
}

/** A sequence or chain whose parts are made for one optimizer. */
function together(name: "SequentialLR" | "ChainedScheduler", kinds: string[], milestones = [1]) {
  const optimizer = makeOptimizer();
  const schedulers = kinds.map((kind) => {
    if (kind === "nothing") return {};
    return kind === "StepLR" ? step(optimizer) : make(kind, {}, optimizer);
  });
  if (name === "SequentialLR") return make(name, { schedulers, milestones }, optimizer);
  return new ChainedScheduler(schedulers as never, { optimizer });
}

const withoutMomentum = () => {
  const optimizer = makeOptimizer();
  Object.defineProperty(optimizer, "defaults", { value: { lr: 0.1 } });
  return optimizer;
};
const range = { base_lr: 0.1, max_lr: 1 };

const mistakes: Record<string, () => unknown> = {
  "LambdaLR 1 lambda for 2 groups": () => make("LambdaLR", { lr_lambda: [half] }),
  "MultiplicativeLR 3 lambdas for 2 groups": () =>
    make("MultiplicativeLR", { lr_lambda: [half, half, half] }),
  "MultiplicativeLR not callable": () => make("MultiplicativeLR", { lr_lambda: 0.5 }),
  "StepLR optimizer not an Optimizer": () => make("StepLR", { step_size: 1 }, "optimizer"),
  "StepLR last_epoch=3 without initial_lr": () => make("StepLR", { step_size: 1, last_epoch: 3 }),
  "ConstantLR factor=1.5": () => make("ConstantLR", { factor: 1.5 }),
  "ConstantLR factor=-0.1": () => make("ConstantLR", { factor: -0.1 }),
  "LinearLR start_factor=1.5": () => make("LinearLR", { start_factor: 1.5 }),
  "LinearLR start_factor=0.0": () => make("LinearLR", { start_factor: 0 }),
  "LinearLR start_factor=-0.1": () => make("LinearLR", { start_factor: -0.1 }),
  "LinearLR end_factor=1.5": () => make("LinearLR", { end_factor: 1.5 }),
  "LinearLR end_factor=-0.1": () => make("LinearLR", { end_factor: -0.1 }),
  "SequentialLR no schedulers": () => together("SequentialLR", []),
  "SequentialLR bad milestones": () => together("SequentialLR", ["StepLR"]),
  "SequentialLR with ReduceLROnPlateau": () =>
    together("SequentialLR", ["StepLR", "ReduceLROnPlateau"]),
  "SequentialLR not scheduler": () => together("SequentialLR", ["nothing"], []),
  "ChainedScheduler empty": () => together("ChainedScheduler", []),
  "ChainedScheduler plateau": () => together("ChainedScheduler", ["StepLR", "ReduceLROnPlateau"]),
  "ChainedScheduler not scheduler": () => together("ChainedScheduler", ["nothing"]),
  "ReduceLROnPlateau factor=1": () => make("ReduceLROnPlateau", { factor: 1 }),
  "ReduceLROnPlateau mode": () => make("ReduceLROnPlateau", { mode: "mid" }),
  "ReduceLROnPlateau threshold_mode": () => make("ReduceLROnPlateau", { threshold_mode: "x" }),
  "ReduceLROnPlateau min_lr length": () => make("ReduceLROnPlateau", { min_lr: [0.1] }),
  "ReduceLROnPlateau optimizer": () => make("ReduceLROnPlateau", {}, 3),
  "CyclicLR mode": () => make("CyclicLR", { ...range, mode: "x" }),
  "CyclicLR base_lr length": () => make("CyclicLR", { ...range, base_lr: [0.1] }),
  "CyclicLR no momentum optimizer": () => make("CyclicLR", range, withoutMomentum()),
  "CosineAnnealingWarmRestarts T_0=0": () => make("CosineAnnealingWarmRestarts", { T_0: 0 }),
  "CosineAnnealingWarmRestarts T_0=1.5": () => make("CosineAnnealingWarmRestarts", { T_0: 1.5 }),
  "CosineAnnealingWarmRestarts T_0=-1": () => make("CosineAnnealingWarmRestarts", { T_0: -1 }),
  "CosineAnnealingWarmRestarts T_mult=0": () =>
    make("CosineAnnealingWarmRestarts", { T_0: 1, T_mult: 0 }),
  "CosineAnnealingWarmRestarts T_mult=1.5": () =>
    make("CosineAnnealingWarmRestarts", { T_0: 1, T_mult: 1.5 }),
  "CosineAnnealingWarmRestarts eta_min": () =>
    make("CosineAnnealingWarmRestarts", { T_0: 1, eta_min: "a" }),
  "CosineAnnealingWarmRestarts step(-1)": () =>
    new CosineAnnealingWarmRestarts(makeOptimizer(), { T_0: 1 }).step(-1),
  "OneCycleLR neither": () => make("OneCycleLR", { max_lr: 1, epochs: 2 }),
  "OneCycleLR total_steps=0": () => make("OneCycleLR", { max_lr: 1, total_steps: 0 }),
  "OneCycleLR total_steps=1.5": () => make("OneCycleLR", { max_lr: 1, total_steps: 1.5 }),
  "OneCycleLR epochs=0": () => make("OneCycleLR", { max_lr: 1, epochs: 0, steps_per_epoch: 1 }),
  "OneCycleLR steps_per_epoch=0": () =>
    make("OneCycleLR", { max_lr: 1, epochs: 1, steps_per_epoch: 0 }),
  "OneCycleLR pct_start=1.5": () =>
    make("OneCycleLR", { max_lr: 1, total_steps: 9, pct_start: 1.5 }),
  "OneCycleLR anneal_strategy": () =>
    make("OneCycleLR", { max_lr: 1, total_steps: 9, anneal_strategy: "exp" }),
  "OneCycleLR no momentum": () =>
    make("OneCycleLR", { max_lr: 1, total_steps: 9 }, withoutMomentum()),
  "SWALR anneal_strategy": () => make("SWALR", { swa_lr: 1, anneal_strategy: "exp" }),
  "SWALR anneal_epochs=-1": () => make("SWALR", { swa_lr: 1, anneal_epochs: -1 }),
  "SWALR anneal_epochs=1.5": () => make("SWALR", { swa_lr: 1, anneal_epochs: 1.5 }),
  "SWALR swa_lr length": () => make("SWALR", { swa_lr: [1] }),
  "scheduler.step before optimizer.step": () => {
    const optimizer = new SGD([tensor([1], { requires_grad: true })]);
    step(optimizer).step();
  },
};

for (const { what, type, message, warnings = [] } of recorded) {
  test(what, () => {
    let error: Error | undefined;
    const said = warningsOf(() => {
      try {
        mistakes[what]!();
      } catch (thrown) {
        error = thrown as Error;
      }
    });
    // Python prints the message of a KeyError in quotes, with the line breaks spelled out.
    const expected = type === "KeyError" ? (JSON.parse(message!) as string) : message;
    assert.equal([error?.name, error?.message], [type ?? undefined, expected]);
    assert.equal(said, warnings);
  });
}

test("every recorded error is provoked", () => {
  assert.equal(
    Object.keys(mistakes),
    recorded.map(({ what }) => what),
  );
});

test.run();
