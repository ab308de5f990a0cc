/** PyTorch's recorded errors of steps, loads and late groups, text for text; and its rules of switches. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { golden } from "./golden.ts";

interface Recorded {
  what: string;
  type: string;
  message: string;
}
const recorded = golden<{ runtime: Recorded[] }>("errors").runtime;

type Class = new (params: unknown, options?: object) => optim.SGD;
const classes = optim as unknown as Record<string, Class>;
const { LBFGS, Muon, SGD, SparseAdam } = optim;

const vector = () => tensor([1, 2], { requires_grad: true });
const matrix = () => tensor([[1, 2]], { requires_grad: true });

function stepSparsely(name: string, options: object = {}) {
  const w = matrix();
  w.grad = optim.sparse_coo_tensor([[0]], [[1, 1]], [1, 2]);
  const opt = new classes[name]!([w], options);
  try {
    opt.step();
  } finally {
    assert.equal(w.tolist(), [[1, 2]]);
  }
}
function stepMuon(options: object) {
  const w = matrix();
  w.grad = tensor([[1, 1]]);
  new Muon([w], options).step();
}
function stepSparseAdam() {
  const w = matrix();
  w.grad = tensor([[1, 1]]);
  new SparseAdam([w]).step();
}
const load = (groups: number[]) => () => {
  const saved = new SGD(groups.map((n) => ({ params: Array.from({ length: n }, vector) })));
  new SGD([vector()]).load_state_dict(saved.state_dict());
};
function add(group: (w: unknown) => unknown) {
  const w = vector();
  new SGD([w]).add_param_group(group(w) as never);
}

const mistakes: Record<string, () => void> = {
  "LBFGS line_search_fn=armijo step": () =>
    void new LBFGS([vector()], { line_search_fn: "armijo" }).step(() => 0),
  "LBFGS step without closure": () => new LBFGS([vector()]).step(),
  "Muon ns_steps=100 step": () => stepMuon({ ns_steps: 100 }),
  "Muon ns_coefficients of length 2": () => stepMuon({ ns_coefficients: [1, 2] }),
  "SparseAdam with dense gradient": stepSparseAdam,
  "Adagrad weight_decay with sparse gradient": () => stepSparsely("Adagrad", { weight_decay: 0.1 }),
  "load_state_dict different number of groups": load([1, 1]),
  "load_state_dict different group size": load([2]),
  "add_param_group existing param": () => add((params) => ({ params })),
  "add_param_group not a dict": () => add((w) => [w]),
  "add_param_group without params key": () => add(() => ({})),
};

function checkError(run: () => void, type: string, message: string): void {
  assert.throws(run, (error: Error) => {
    assert.is(`${error.name}: ${error.message}`, `${type}: ${message}`);
    return true;
  });
}

for (const { what, type, message } of recorded) {
  const [, sparse] = /^(\w+) with sparse gradient$/.exec(what) ?? [];
  test(`${what}: ${type}`, () => {
    const run = sparse === undefined ? mistakes[what] : () => stepSparsely(sparse);
    assert.ok(run, "this list knows the mistake");
    checkError(run!, type, message.replace("<class 'list'>", "Array"));
  });
}

/** What PyTorch says of switches that exclude each other; from its sources, as nothing records it. */
const illegal: [options: object, type: string, message: string, steps?: true][] = [
  [
    { fused: true, foreach: true },
    "RuntimeError",
    "`fused` and `foreach` cannot be `True` together.",
  ],
  [
    { fused: true, differentiable: true },
    "RuntimeError",
    "`fused` does not support `differentiable`",
  ],
  [
    { foreach: true, differentiable: true },
    "AssertionError",
    "_foreach ops don't support autograd",
    true,
  ],
  [{ lr: tensor([1, 2]) }, "ValueError", "Tensor lr must be 1-element"],
  [
    { lr: tensor(0.1), foreach: true },
    "ValueError",
    "lr as a Tensor is not supported for capturable=False and foreach=True",
  ],
  [{ lr: tensor(-1) }, "ValueError", "Invalid learning rate: -1"],
];

for (const [options, type, message, steps] of illegal) {
  test(`Adam with ${JSON.stringify(options)}: ${type}`, () => {
    const w = vector();
    w.grad = tensor([1, 1]);
    const make = () => new optim.Adam([w], options);
    if (steps !== true) return checkError(make, type, message);
    const opt = make();
    checkError(() => opt.step(), type, message);
  });
}

test("every rule steps the same with each switch that it has", () => {
  const rules = Object.entries(classes).filter(([, Class]) => "rule" in (Class ?? {}));
  for (const [name, Class] of rules.filter(([name]) => name !== "RuleOptimizer")) {
    const { defaults } = (Class as unknown as typeof optim.SGD).rule;
    const after = (options: object) => {
      const w = vector();
      const opt = new Class([w], options);
      for (let i = 0; i < 3; i++) {
        w.grad = tensor([0.5, -2]);
        opt.step();
      }
      return w.tolist();
    };
    const plain = after({});
    for (const key of ["foreach", "fused", "capturable"].filter((key) => key in defaults)) {
      assert.equal(after({ [key]: true }), plain, `${name} ${key}`);
    }
  }
});

test("a learning rate in a tensor is read anew at every step", () => {
  const w = tensor([1], { requires_grad: true });
  const lr = tensor(0.25);
  const opt = new SGD([w], { lr });
  w.grad = tensor([1]);
  opt.step();
  lr.fill_(0.5);
  opt.step();
  assert.equal(w.tolist(), [0.25]);
});

test("a scheduler says that it sets numbers", () => {
  const opt = new SGD([vector()], { lr: tensor(0.25) });
  assert.throws(
    () => new optim.lr_scheduler.StepLR(opt, { step_size: 1 }),
    /^lr: tensor\(0\.2500\) \(group 0\)\. A scheduler sets numbers/,
  );
});

test("SGD and Adagrad take a sparse gradient as if it were dense", () => {
  for (const name of ["SGD", "Adagrad"]) {
    const [a, b] = [matrix(), matrix()];
    a.grad = optim.sparse_coo_tensor(
      [[0, 0]],
      [
        [1, 2],
        [3, 4],
      ],
      [1, 2],
    );
    b.grad = a.grad.add(tensor([[0, 0]]));
    for (const w of [a, b]) new classes[name]!([w], { lr: 0.1 }).step();
    assert.equal(a.tolist(), b.tolist(), name);
    assert.not.equal(a.tolist(), [[1, 2]], name);
  }
});

test.run();
