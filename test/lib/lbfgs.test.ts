/** LBFGS against PyTorch's recorded runs: every closure call, every step length, every bit. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Data, type Dtype, Tensor, tensor } from "../../lib/autograd/index.ts";
import { LBFGS, sparse_coo_tensor } from "../../lib/optim/index.ts";
import { decode, differing, golden, plain, type Recorded } from "./golden.ts";
import { mutant } from "./mutant.ts";

interface RecordedStep {
  loss: number;
  closureCalls: number;
  closureLosses: number[];
  params: string[];
  nIter: number;
  funcEvals: number;
  t: number;
  tIsTensor: boolean;
  historyLength: number;
}

interface RecordedRun {
  name: string;
  problem: "rosenbrock" | "quadratic";
  negated: boolean;
  dtype: Dtype;
  shapes: number[][];
  params: string[];
  data: { a?: string; b?: string };
  kwargs: Record<string, unknown>;
  steps: RecordedStep[];
  paramGroups: Record<string, Recorded>[];
  finalState?: Record<string, Recorded>;
}

const { cases } = golden<{ cases: RecordedRun[] }>("LBFGS");

type Round = (x: number) => number;
type Problem = (x: Data, R: Round) => { loss: number; gradient: number[] };

const rosenbrock: Problem = (x, R) => {
  const [a, b] = [x[0]!, x[1]!];
  const t1 = R(b - R(a * a));
  const t2 = R(1 - a);
  return {
    loss: R(R(100 * R(t1 * t1)) + R(t2 * t2)),
    gradient: [R(R(-400 * R(a * t1)) - R(2 * t2)), R(200 * t1)],
  };
};

const quadratic =
  (a: Data, b: Data): Problem =>
  (x, R) => {
    let loss = 0;
    const gradient = Array.from(x, (x, i) => R(R(a[i]! * x) - b[i]!));
    x.forEach((x, i) => {
      loss = R(loss + R(R(R(0.5 * a[i]!) * x) * x));
      loss = R(loss - R(b[i]! * x));
    });
    for (let i = 0; i + 1 < x.length; i++) {
      const d = R(x[i]! - x[i + 1]!);
      loss = R(loss + R(R(0.5 * d) * d));
      gradient[i] = R(gradient[i]! + d);
      gradient[i + 1] = R(gradient[i + 1]! - d);
    }
    return { loss, gradient };
  };

function problemOf({ problem, data, dtype }: RecordedRun): Problem {
  return problem === "rosenbrock"
    ? rosenbrock
    : quadratic(decode(data.a!, dtype), decode(data.b!, dtype));
}

function start({ params, shapes, dtype }: RecordedRun): Tensor[] {
  return params.map((text, i) =>
    tensor(decode(text, dtype), { shape: shapes[i]!, dtype, requires_grad: true }),
  );
}

/** Loss and gradient at the parameters; the losses are noted. */
function closureOf(recorded: RecordedRun, params: Tensor[], losses: number[]): () => number {
  const { dtype, negated } = recorded;
  const R: Round = dtype === "float32" ? Math.fround : (x) => x;
  const problem = problemOf(recorded);
  const sign = negated ? -1 : 1;
  return () => {
    const x = tensor(params.map(({ data }) => [...data]).flat(), { dtype }).data;
    const { loss, gradient } = problem(x, R);
    let offset = 0;
    for (const param of params) {
      const part = gradient.slice(offset, (offset += param.size)).map((g) => sign * g);
      param.grad = tensor(part, { shape: param.shape, dtype });
    }
    losses.push(sign * loss);
    return sign * loss;
  };
}

const list = (value: unknown): unknown =>
  value instanceof Tensor ? [value.dtype, value.shape, ...value.data] : value;

/** Replays a run; what differs from the record, and where. */
function replay(recorded: RecordedRun, Class: typeof LBFGS): string[] {
  const params = start(recorded);
  const optimizer = new Class(params, recorded.kwargs);
  const found: string[] = [];
  const compare = (where: string, actual: unknown, expected: unknown) => {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) found.push(`${where}: ${a}, not ${b}`);
  };
  recorded.steps.forEach((expected, index) => {
    const losses: number[] = [];
    const where = `step ${index + 1}`;
    const loss = optimizer.step(closureOf(recorded, params, losses));
    compare(`${where} loss`, loss, expected.loss);
    compare(`${where} calls`, losses.length, expected.closureCalls);
    compare(`${where} losses`, losses, expected.closureLosses);
    params.forEach((param, i) => {
      const count = differing(param.data, decode(expected.params[i]!, recorded.dtype));
      if (count > 0) found.push(`${where} parameter ${i}: ${count} of ${param.size} differ`);
    });
    const state = optimizer.state.get(params[0]!) as unknown as Record<string, unknown>;
    const t = state.t as number | Tensor;
    compare(`${where} n_iter`, state.n_iter, expected.nIter);
    compare(`${where} func_evals`, state.func_evals, expected.funcEvals);
    compare(`${where} t`, t instanceof Tensor ? t.item() : t, expected.t);
    compare(`${where} t`, t instanceof Tensor, expected.tIsTensor);
    compare(`${where} pairs`, (state.old_dirs as unknown[]).length, expected.historyLength);
  });
  if (recorded.finalState !== undefined) {
    const state = optimizer.state.get(params[0]!) as unknown as Record<string, unknown>;
    compare("state", Object.keys(state), Object.keys(recorded.finalState));
    for (const [name, value] of Object.entries(recorded.finalState)) {
      const [a, b] = [state[name], plain(value)];
      if (Array.isArray(a)) compare(name, a.map(list), (b as unknown[]).map(list));
      else compare(name, list(a), list(b));
    }
  }
  const { params: _, ...options } = optimizer.param_groups[0]!;
  const wanted = Object.entries(recorded.paramGroups[0]!).map(([k, v]) => [k, plain(v)]);
  compare("group", Object.entries(options), wanted);
  return found;
}

for (const recorded of cases) {
  test(`LBFGS ${recorded.name}`, () => assert.equal(replay(recorded, LBFGS), []));
}

const mutations: [what: string, from: string, to: string, imported?: string][] = [
  [
    "al - be applied in two additions",
    "addScaled(r, R(al[i].item() - be), old_stps[i].data)",
    "addScaled(r, al[i].item(), old_stps[i].data), addScaled(r, -be, old_stps[i].data)",
    "./lbfgs/memory.ts",
  ],
  [
    "the cubic's place multiplied before it is divided",
    "mul(sub(far.t, near.t), div(above, below))",
    "div(mul(sub(far.t, near.t), above), below)",
    "./lbfgs/strong_wolfe.ts",
  ],
  ["a line search that does not know max_eval, as before PyTorch 2.10", "most - evaluations", "25"],
];
for (const [what, ...change] of mutations) {
  test(`the record notices ${what}`, async () => {
    const [from, to, imported] = change;
    const module = await mutant<{ LBFGS: typeof LBFGS }>("optim/lbfgs.ts", from, to, imported);
    const differences = cases.flatMap((recorded) => replay(recorded, module.LBFGS));
    assert.ok(differences.length > 0);
  });
}

/** A long valley: the second coordinate is a hundred times steeper. */
function valley(dtype: Dtype = "float32") {
  const a = tensor([3], { dtype, requires_grad: true });
  const b = tensor([2], { dtype, requires_grad: true });
  const opt = new LBFGS([a, b], { line_search_fn: "strong_wolfe", max_iter: 3 });
  const closure = () => {
    opt.zero_grad();
    const loss = a.mul(a).add(b.mul(b).mul(100)).sum();
    loss.backward();
    return loss;
  };
  return { a, b, opt, closure };
}

const message = (name: string, text: string) => (error: Error) => {
  assert.is(`${error.name}: ${error.message}`, `${name}: ${text}`);
  return true;
};

test("step refuses what PyTorch refuses, in its words", () => {
  const { opt, a, closure } = valley();
  const missing = "LBFGS.step() missing 1 required positional argument: 'closure'";
  assert.throws(() => opt.step(), message("TypeError", missing));
  const armijo = new LBFGS([a], { line_search_fn: "armijo" });
  const only = "only 'strong_wolfe' is supported";
  assert.throws(() => armijo.step(closure), message("RuntimeError", only));
  const empty = new LBFGS([{ params: [] }]);
  assert.throws(() => empty.step(closure), /^list index out of range: no parameters$/);
  const none = new LBFGS([a], { history_size: 0 });
  assert.throws(() => none.step(closure), /^pop from empty list: history_size is 0$/);
});

test("a closure that returns no loss is an error", () => {
  const { opt, closure } = valley();
  assert.throws(
    () => opt.step(() => void closure()),
    /^closure: it returned undefined. LBFGS needs/,
  );
});

test("a closure that fails leaves no parameter half way along a line", () => {
  const { a, b, opt, closure } = valley();
  let calls = 0;
  const failing = () => {
    if (++calls === 2) throw new Error("out of data");
    return closure();
  };
  assert.throws(() => opt.step(failing), /out of data/);
  assert.equal([a.item(), b.item()], [3, 2]);
  opt.step(closure);
  assert.ok(closure().item() < 409);
});

test("training goes on from a state_dict, and the saved lists are copies", () => {
  const straight = valley();
  const first = valley();
  for (const { opt, closure } of [straight, straight, first]) opt.step(closure);
  const second = valley();
  second.a.data.set(first.a.data);
  second.b.data.set(first.b.data);
  const saved = first.opt.state_dict();
  const { old_dirs } = saved.state[0] as unknown as { old_dirs: Tensor[] };
  const pairs = old_dirs.length;
  second.opt.load_state_dict(saved);
  second.opt.step(second.closure);
  assert.equal([second.a.item(), second.b.item()], [straight.a.item(), straight.b.item()]);
  assert.ok(pairs > 0);
  assert.is(old_dirs.length, pairs);
});

test("a loaded state takes the dtype of the first parameter", () => {
  const single = valley();
  single.opt.step(single.closure);
  const double = valley("float64");
  double.opt.load_state_dict(single.opt.state_dict());
  const { d, ro } = double.opt.state.get(double.a) as unknown as { d: Tensor; ro: Tensor[] };
  assert.equal([d.dtype, ro[0]!.dtype], ["float64", "float64"]);
  double.opt.step(double.closure);
});

test("a sparse gradient counts with its zeros, a missing one as zeros", () => {
  const [w, idle] = [tensor([1, 1], { requires_grad: true }), tensor([5], { requires_grad: true })];
  const opt = new LBFGS([w, idle], { lr: 0.5, max_iter: 1 });
  opt.step(() => {
    w.grad = sparse_coo_tensor([[1]], [1], [2]);
    return 1;
  });
  assert.equal([w.tolist(), idle.tolist()], [[1, 0.5], [5]]);
});

test.run();
