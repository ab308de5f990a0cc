/** The hooks of PyTorch's Optimizer: which are called, when, with what, and what they may change. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type HookHandle, type Tensor, tensor } from "../../lib/autograd/index.ts";
import * as optim from "../../lib/optim/index.ts";

const { SGD, LBFGS, Optimizer } = optim;

function made() {
  const w = tensor([1], { requires_grad: true });
  const opt = new SGD([w], { lr: 1, momentum: 0.5 });
  w.grad = tensor([1]);
  return { w, opt };
}

/** An optimizer as a reader writes it: with a `step` of its own. */
class Own extends Optimizer<{ lr: number }> {
  override step(): undefined;
  override step<T>(closure: () => T): T;
  override step<T>(closure?: () => T): T | undefined {
    return closure?.();
  }
  protected override stepGroup(): void {}
}
/** One whose step calls the step of its base class. */
class Twice extends SGD {
  override step(): undefined;
  override step<T>(closure: () => T): T;
  override step<T>(closure?: () => T): T | undefined {
    if (closure) return super.step(closure);
    return super.step();
  }
}

const steppers: Record<string, (w: Tensor) => { step(closure: () => number): unknown }> = {
  SGD: (w) => new SGD([w]),
  LBFGS: (w) => new LBFGS([w], { max_iter: 1 }),
  "an own step": (w) => new Own([w], { lr: 1 }),
  "a step that calls its base class's": (w) => new Twice([w]),
};

for (const [name, make] of Object.entries(steppers)) {
  test(`${name}: all hooks are called once around a step, in PyTorch's order`, () => {
    const calls: string[] = [];
    const w = tensor([1], { requires_grad: true });
    const opt = make(w) as optim.SGD;
    const closure = () => {
      calls.push("step");
      w.grad = tensor([1]);
      return 1;
    };
    const note = (what: string) => (optimizer: unknown, args: optim.StepArguments) => {
      if (optimizer === opt && args[0] === closure) calls.push(what);
    };
    const handles: HookHandle[] = [
      opt.register_step_post_hook(note("post")),
      opt.register_step_pre_hook(note("pre 1")),
      opt.register_step_pre_hook(note("pre 2")),
      optim.register_optimizer_step_post_hook(note("all: post")),
      optim.register_optimizer_step_pre_hook(note("all: pre")),
    ];
    try {
      assert.is(opt.step(closure), 1);
      assert.equal(calls, ["all: pre", "pre 1", "pre 2", "step", "post", "all: post"]);
    } finally {
      handles.forEach((handle) => handle.remove());
    }
    calls.length = 0;
    opt.step(closure);
    assert.equal(calls, ["step"]);
  });
}

test("a step pre hook can replace the closure", () => {
  const { opt } = made();
  opt.register_step_pre_hook(() => [() => 7]);
  assert.is(
    opt.step(() => 1),
    7,
  );
});

test("a step pre hook that returns something else is told so, and nothing moves", () => {
  const { w, opt } = made();
  opt.register_step_pre_hook((() => 5) as never);
  assert.throws(() => opt.step(), /^step pre hook: it returned 5\. It must return nothing, or/);
  assert.equal(w.tolist(), [1]);
  assert.throws(() => opt.step(), /it returned 5/);
});

test("one function registered twice is called twice, and removed once", () => {
  const { opt } = made();
  let calls = 0;
  const hook = () => void calls++;
  const first = opt.register_step_post_hook(hook);
  opt.register_step_post_hook(hook);
  opt.step();
  assert.is(calls, 2);
  first.remove();
  first.remove();
  opt.step();
  assert.is(calls, 3);
});

test("a hook may remove itself while it is called", () => {
  const { opt } = made();
  const calls: number[] = [];
  const handle = opt.register_step_post_hook(() => {
    calls.push(1);
    handle.remove();
  });
  opt.register_step_post_hook(() => void calls.push(2));
  opt.step();
  opt.step();
  assert.equal(calls, [1, 2, 2]);
});

test("state_dict: hooks before it see the optimizer, hooks after it may replace the result", () => {
  const { opt } = made();
  const calls: string[] = [];
  opt.register_state_dict_pre_hook((it) => void calls.push(`pre ${it === opt}`));
  opt.register_state_dict_pre_hook(() => void calls.push("first"), true);
  opt.register_state_dict_post_hook((_, saved) => {
    calls.push("post");
    return { ...saved, note: "kept" };
  });
  opt.register_state_dict_post_hook((_, saved) => void calls.push(Object.keys(saved).join()));
  assert.is((opt.state_dict() as unknown as { note: string }).note, "kept");
  assert.equal(calls, ["first", "pre true", "post", "state,param_groups,note"]);
});

test("load_state_dict: hooks before it may replace the state, hooks after it see it loaded", () => {
  const { w, opt } = made();
  opt.step();
  const saved = opt.state_dict();
  const calls: string[] = [];
  const other = new SGD([tensor([5], { requires_grad: true })], { lr: 3, momentum: 0.5 });
  other.register_load_state_dict_pre_hook((it, given) => {
    calls.push(`pre ${it.param_groups[0]!.lr} ${given !== saved}`);
    return { ...given, param_groups: given.param_groups.map((group) => ({ ...group, lr: 9 })) };
  });
  other.register_load_state_dict_pre_hook(() => void calls.push("first"), true);
  other.register_load_state_dict_post_hook((it) => {
    const [state] = it.state.values();
    calls.push(`post ${it.param_groups[0]!.lr} ${(state!.momentum_buffer as Tensor).tolist()}`);
  });
  other.load_state_dict(saved);
  assert.equal(calls, ["first", "pre 3 true", "post 9 1"]);
  assert.is(opt.param_groups[0]!.lr, 1);
  assert.equal(w.tolist(), [0]);
});

test("saved names replace the present ones; a state without names leaves them", () => {
  const named = (name: string) =>
    new SGD([[name, tensor([1], { requires_grad: true })]], { lr: 1 });
  const old = named("old");
  old.load_state_dict(named("new").state_dict());
  assert.equal(old.param_groups[0]!.param_names, ["new"]);
  old.load_state_dict(made().opt.state_dict());
  assert.equal(old.param_groups[0]!.param_names, ["new"]);
});

test("an option that a saved group lacks takes its default, and a plain step count goes on", () => {
  const w = tensor([1], { requires_grad: true });
  const opt = new optim.Adam([w]);
  const one = () => tensor([1]);
  const { fused: _, decoupled_weight_decay: __, ...options } = opt.state_dict().param_groups[0]!;
  opt.load_state_dict({
    state: { 0: { step: 5, exp_avg: one(), exp_avg_sq: one() } },
    param_groups: [options as never],
  });
  assert.is(opt.param_groups[0]!.fused, null);
  assert.is(opt.param_groups[0]!.decoupled_weight_decay, false);
  w.grad = one();
  opt.step();
  assert.is((opt.state.get(w)!.step as Tensor).item(), 6);
});

test("an optimizer prints its options by group", () => {
  const { opt } = made();
  const lines = String(opt).split("\n");
  assert.equal(lines.slice(0, 4), [
    "SGD (",
    "Parameter Group 0",
    "    dampening: 0",
    "    differentiable: false",
  ]);
  assert.is(lines.at(-1), ")");
});

test.run();
