/**
 * Training as a whole: data, network, loss, backward, clipping, optimizer and scheduler together give
 * PyTorch's loss in every step. test/golden/digits.py says what is trained and how.
 *
 * Tolerances, relative to the loss (at least 1): 1e-6 in float32 and 1e-13 in float64. Sums are added
 * in another order, and exp and log differ in the last bit; 2.3e-7 and 8e-16 were measured. Wider ones
 * stand beside their optimizer, with the cause.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { no_grad, tensor, type Tensor } from "../../lib/autograd/index.ts";
import * as nn from "../../lib/nn/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot } from "../../root.ts";

type Trained = "float32" | "float64";

const { lr_scheduler: lrs } = optim;

interface Run {
  losses: number[];
  /** How many times the gradient was longer than allowed. */
  clipped: number;
  /** How many images are recognised in the end. */
  right: number;
}
const golden = JSON.parse(readFileSync(fromRoot("test", "golden", "digits.json"), "utf8")) as {
  torch: string;
  steps: number;
  batch: number;
  maxNorm: number;
  start: string[];
  runs: Record<string, Record<Trained, Run>>;
};
const { steps, batch, maxNorm } = golden;

interface Stepping {
  step(): unknown;
  step<T>(closure: () => T): T;
  zero_grad(): void;
}
type Scheduled = ConstructorParameters<typeof lrs.StepLR>[0];

const cosine = (o: Scheduled) => new lrs.CosineAnnealingLR(o, { T_max: steps });
const stairs = (o: Scheduled) => new lrs.StepLR(o, { step_size: 20, gamma: 0.5 });
const cycle = (o: Scheduled) => new lrs.OneCycleLR(o, { max_lr: 0.5, total_steps: steps });
const falling = (o: Scheduled) => new lrs.ExponentialLR(o, { gamma: 0.97 });
const warm = (o: Scheduled) => new lrs.LinearLR(o, { start_factor: 0.1, total_iters: 10 });

type Make = (p: Tensor[]) => Stepping & Scheduled;
interface Row {
  make: Make;
  schedule: (optimizer: Scheduled) => { step(): void };
  /** Tolerances other than the usual ones. */
  wider?: Partial<Record<Trained, number>>;
}

// prettier-ignore
const rows: Record<string, Row> = {
  SGD: { make: (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 1e-4 }), schedule: cycle },
  Adagrad: { make: (p) => new optim.Adagrad(p, { lr: 0.05 }), schedule: stairs },
  Adadelta: { make: (p) => new optim.Adadelta(p, { lr: 1 }), schedule: cosine },
  RMSprop: { make: (p) => new optim.RMSprop(p, { lr: 0.005, momentum: 0.5, centered: true }), schedule: warm },
  Adam: { make: (p) => new optim.Adam(p, { lr: 0.01, amsgrad: true }), schedule: cosine },
  AdamW: { make: (p) => new optim.AdamW(p, { lr: 0.01 }), schedule: warm },
  Adamax: { make: (p) => new optim.Adamax(p, { lr: 0.02 }), schedule: falling },
  NAdam: { make: (p) => new optim.NAdam(p, { lr: 0.01 }), schedule: stairs },
  RAdam: { make: (p) => new optim.RAdam(p, { lr: 0.05 }), schedule: cosine },
  Rprop: { make: (p) => new optim.Rprop(p, { lr: 0.001, step_sizes: [1e-6, 0.02] }), schedule: falling },
  ASGD: { make: (p) => new optim.ASGD(p, { lr: 0.5, t0: 30 }), schedule: falling },
  Adafactor: { make: (p) => new optim.Adafactor(p, { lr: 0.05 }), schedule: falling },
  Muon: { make: (p) => new optim.Muon(p.filter(({ shape }) => shape.length === 2), { lr: 0.05 }), schedule: cosine,
    // Sums in another order flip roundings to bfloat16; PyTorch's own two runs differ by 2e-3.
    wider: { float32: 1e-2, float64: 1e-2 } },
  LBFGS: { make: (p) => new optim.LBFGS(p, { lr: 1, max_iter: 4, line_search_fn: "strong_wolfe" }), schedule: falling,
    // PyTorch 1.13 sums a dot product in blocks, 2.14 with the reference BLAS (and here) in a row.
    wider: { float32: 1e-4, float64: 1e-11 } },
  SparseAdam: { make: (p) => new optim.SparseAdam(p, { lr: 0.01 }), schedule: stairs,
    // The first steps divide tiny differences by their size; PyTorch's own runs differ by 1.4e-5.
    wider: { float32: 3e-5 } },
};
const usual: Record<Trained, number> = { float32: 1e-6, float64: 1e-13 };

const digits = { float32: nn.load_digits(), float64: nn.load_digits({ dtype: "float64" }) };
const labels = digits.float32.target;
const count = labels.size;

/** Logits of the images with these numbers. */
type Logits = (places: number[]) => Tensor;

function network(dtype: Trained): { model: nn.Module; logits: Logits } {
  const model = new nn.Sequential(
    new nn.Linear(64, 32, { dtype }),
    new nn.ReLU(),
    new nn.Linear(32, 10, { dtype }),
  );
  no_grad(() => {
    model.parameters().forEach((parameter, i) => {
      const bytes = Uint8Array.from(Buffer.from(golden.start[i]!, "base64"));
      const start = new Float64Array(bytes.buffer);
      parameter.copy_(tensor(start, { shape: parameter.shape }));
    });
  });
  const images = digits[dtype].data.div(16);
  return { model, logits: (places) => model.forward(images.index_select(0, places) as never) };
}

function table(dtype: Trained): { model: nn.Module; logits: Logits } {
  const model = new nn.Embedding(64 * 17, 10, { sparse: true, dtype });
  nn.init.zeros_(model.weight);
  const offsets = tensor(Array.from({ length: 64 }, (_, pixel) => pixel * 17));
  const entries = digits.float32.data.add(offsets);
  return { model, logits: (places) => model.forward(entries.index_select(0, places)).sum(1) };
}

function train(name: string, dtype: Trained): Run {
  const { make, schedule } = rows[name]!;
  const { model, logits } = (name === "SparseAdam" ? table : network)(dtype);
  const optimizer = make(model.parameters());
  const scheduler = schedule(optimizer);
  const full = name === "LBFGS";
  const run: Run = { losses: [], clipped: 0, right: 0 };
  for (let k = 0; k < (full ? 10 : steps); k++) {
    const places = Array.from({ length: full ? 256 : batch }, (_, i) =>
      full ? i : (k * batch + i) % count,
    );
    const closure = () => {
      optimizer.zero_grad();
      const loss = nn.functional.cross_entropy(logits(places), labels.index_select(0, places));
      loss.backward();
      if (name !== "SparseAdam") {
        const norm = optim.clip_grad_norm_(model.parameters(), maxNorm).item();
        run.clipped += Number(norm > maxNorm);
      }
      return loss;
    };
    const loss = full ? optimizer.step(closure) : closure();
    if (!full) optimizer.step();
    scheduler.step();
    run.losses.push(loss.item());
  }
  const all = [...Array(count).keys()];
  run.right = no_grad(() => logits(all).argmax(1).eq(labels).sum().item());
  return run;
}

const errorsOf = (mine: readonly number[], its: readonly number[]) =>
  mine.map((loss, k) => Math.abs(loss - its[k]!) / Math.max(1, its[k]!));

for (const [name, { wider }] of Object.entries(rows)) {
  for (const dtype of ["float32", "float64"] as const) {
    test(`${name}, ${dtype}: the loss of PyTorch ${golden.torch} in every step`, () => {
      const expected = golden.runs[name]![dtype];
      const run = train(name, dtype);
      const errors = errorsOf(run.losses, expected.losses);
      const tolerance = wider?.[dtype] ?? usual[dtype];
      const worst = Math.max(...errors);
      assert.is(run.losses.length, expected.losses.length);
      assert.ok(worst <= tolerance, `step ${errors.indexOf(worst)}: off by ${worst}`);
      assert.is(run.clipped, expected.clipped);
      assert.ok(Math.abs(run.right - expected.right) <= 2, `${run.right}, not ${expected.right}`);
    });
  }
}

test("every run that was recorded is checked", () => {
  assert.equal(Object.keys(golden.runs), Object.keys(rows));
});

test.run();
