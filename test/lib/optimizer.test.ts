import { test } from "uvu";
import * as assert from "uvu/assert";
import { no_grad, Tensor, tensor } from "../../lib/autograd/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { decode, differing, golden, plain, type Recorded, type Replayable } from "./golden.ts";

const { SGD } = optim;
type Construct = new (params: unknown, options?: object) => Replayable;
const classes = optim as unknown as Record<string, Construct | undefined>;

const one = () => tensor([1, 2, 3], { requires_grad: true });
const shared = one();
const paramLists: Record<string, () => unknown> = {
  one: () => [one()],
  one1d: () => [one()],
  one2d: () => [
    tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { requires_grad: true },
    ),
  ],
  empty: () => [],
  tensor: one,
  duplicate_in_list: () => [shared, shared],
  duplicate_across_groups: () => [{ params: [shared] }, { params: [shared] }],
  not_tensor: () => [1.5],
  strings: () => ["a"],
  non_leaf: () => [one().mul(2)],
  set: () => new Set([one()]),
  group_not_dict: () => [{ params: [one()] }, [one()]],
  two_groups: () => [{ params: [one()] }, { params: [one()] }],
  names_missing: () => [["w", one()], one()],
  names_mixed_groups: () => [{ params: [["w", one()]] }, { params: [one()] }],
  empty_group: () => [{ params: [] }],
};

/** PyTorch's message in this language, where types have other names. */
function translated(message: string): string {
  return message
    .replace("<class 'list'>", "Array")
    .replace(/params is float$/, "params is number")
    .replace(/params is str$/, "params is string");
}

interface Construction {
  class: string;
  params: string;
  kwargs: Record<string, unknown>;
  type: string | null;
  message?: string;
  warnings?: string[];
}

const errors = golden<{ construct: Construction[] }>("errors").construct;

for (const { class: name, params, kwargs, type, message = "", warnings = [] } of errors) {
  const Class = classes[name];
  if (Class === undefined) continue;
  // Python sees that these are whole numbers, not floats; JavaScript does not.
  if (message.startsWith("betas must be either both floats")) continue;
  test(`new ${name}(${params}, ${JSON.stringify(kwargs)}): ${type ?? "accepted"}`, () => {
    const options = Object.fromEntries(
      Object.entries(kwargs).map(([key, value]) => {
        const tagged = typeof value === "object" && value !== null && "t" in value;
        return [key, tagged ? plain(value as Recorded) : value];
      }),
    );
    const said: string[] = [];
    const warn = console.warn;
    console.warn = (text: string) => said.push(text);
    try {
      const make = () => new Class(paramLists[params]!(), options);
      if (type === null) make();
      else {
        assert.throws(make, (error: Error) => {
          assert.is(`${error.name}: ${error.message}`, `${type}: ${translated(message)}`);
          return true;
        });
      }
    } finally {
      console.warn = warn;
    }
    assert.equal(said, warnings);
  });
}

interface SavedCase {
  class: string;
  kwargs: object;
  groups: ({ params: number[] } & Record<string, unknown>)[];
  shapes: number[][];
  params: string[];
  grads: (string | null)[][];
  /** Its `state` alone. */
  stateDictBeforeFirstStep: Record<string, Record<string, Recorded>>;
  stateDict: { state: Record<string, Record<string, Recorded>>; param_groups: unknown[] };
  paramsAfter: string[];
}

const saved = golden<{ cases: SavedCase[] }>("state_dict").cases;

for (const recorded of saved) {
  const Class = classes[recorded.class];
  if (Class === undefined) continue;
  test(`state_dict of ${recorded.class}: as PyTorch's, key by key`, () => {
    const params = recorded.params.map((text, i) =>
      tensor(decode(text, "float32"), { shape: recorded.shapes[i]!, requires_grad: true }),
    );
    const groups = recorded.groups.map((g) => ({ ...g, params: g.params.map((i) => params[i]!) }));
    const optimizer = new Class(groups, recorded.kwargs) as unknown as optim.Optimizer<object>;
    const before = Object.keys(optimizer.state_dict().state);
    assert.equal(before, Object.keys(recorded.stateDictBeforeFirstStep));
    for (const grads of recorded.grads) {
      params.forEach((param, i) => {
        const text = grads[i];
        param.grad = text == null ? null : tensor(decode(text, "float32"), { shape: param.shape });
      });
      optimizer.step();
    }
    params.forEach((param, i) => {
      assert.is(differing(param.data, decode(recorded.paramsAfter[i]!, "float32")), 0);
    });
    const { state, param_groups } = optimizer.state_dict();
    assert.equal(Object.keys(state), Object.keys(recorded.stateDict.state));
    for (const [place, expected] of Object.entries(recorded.stateDict.state)) {
      const own = state[Number(place)]!;
      assert.equal(Object.keys(own), Object.keys(expected));
      for (const [name, value] of Object.entries(expected)) {
        assert.is(differing((own[name] as Tensor).data, (plain(value) as Tensor).data), 0, name);
      }
    }
    const groupsExpected = recorded.stateDict.param_groups.map((group) =>
      Object.fromEntries(
        Object.entries(group as Record<string, Recorded>).map(([key, value]) => [
          key,
          plain(value),
        ]),
      ),
    );
    assert.equal(param_groups, groupsExpected);
  });
}

function trained(steps: number) {
  const w = tensor([1, -2, 3], { requires_grad: true });
  const opt = new SGD([w], { lr: 0.1, momentum: 0.9 });
  for (let i = 0; i < steps; i++) descend(w, opt);
  return { w, opt };
}

function descend(w: Tensor, opt: { step(): void; zero_grad(): void }) {
  opt.zero_grad();
  w.mul(w).sum().backward();
  opt.step();
}

test("training goes on from a state_dict as if nothing had happened", () => {
  const straight = trained(6);
  const { w, opt } = trained(3);
  const copy = tensor(w.data, { requires_grad: true });
  const resumed = new SGD([copy], { lr: 99 });
  resumed.load_state_dict(opt.state_dict());
  for (let i = 0; i < 3; i++) descend(copy, resumed);
  assert.equal(copy.data, straight.w.data);
  assert.is(resumed.param_groups[0]!.lr, 0.1);
});

test("a loaded state is a copy", () => {
  const { w, opt } = trained(1);
  const other = new SGD([tensor(w.data, { requires_grad: true })], { momentum: 0.9 });
  other.load_state_dict(opt.state_dict());
  const [state] = other.state.values();
  const before = (opt.state.get(w)!.momentum_buffer as Tensor).tolist();
  (state!.momentum_buffer as Tensor).zero_();
  assert.equal((opt.state.get(w)!.momentum_buffer as Tensor).tolist(), before);
});

const mismatches: [name: string, groups: number[], message: RegExp][] = [
  ["number of groups", [1, 1], /different number of parameter groups/],
  ["size of a group", [2], /doesn't match the size of optimizer's group/],
];
for (const [name, groups, message] of mismatches) {
  test(`load_state_dict with another ${name} changes nothing`, () => {
    const { w, opt } = trained(1);
    const list = groups.map((size) => ({ params: Array.from({ length: size }, one) }));
    const before = JSON.stringify(opt.state_dict());
    assert.throws(() => opt.load_state_dict(new SGD(list).state_dict()), message);
    assert.is(JSON.stringify(opt.state_dict()), before);
    assert.ok(opt.state.has(w));
  });
}

test("zero_grad forgets gradients, or fills them with zeros", () => {
  const { w, opt } = trained(1);
  opt.zero_grad(false);
  assert.equal(w.grad!.tolist(), [0, 0, 0]);
  opt.zero_grad();
  assert.is(w.grad, null);
});

test("step(closure) records inside the closure, also within no_grad, and returns the loss", () => {
  const w = tensor([2], { requires_grad: true });
  const opt = new SGD([w], { lr: 0.25 });
  const loss = no_grad(() =>
    opt.step(() => {
      opt.zero_grad();
      const loss = w.mul(w).sum();
      loss.backward();
      return loss.item();
    }),
  );
  assert.is(loss, 4);
  assert.equal(w.tolist(), [1]);
});

test("a gradient from before a step cannot be computed after it", () => {
  const { w, opt } = trained(0);
  const early = w.mul(w).sum();
  descend(w, opt);
  assert.throws(() => early.backward(), /modified by an inplace operation/);
});

test("a parameter without a gradient is left alone", () => {
  const [a, b] = [one(), one()];
  const opt = new SGD([a, b], { lr: 1, momentum: 0.9, weight_decay: 0.5 });
  a.grad = tensor([1, 1, 1]);
  opt.step();
  assert.equal(b.tolist(), [1, 2, 3]);
  assert.not.ok(opt.state.has(b));
});

test("an optimizer that remembers nothing of a parameter keeps no entry for it", () => {
  const w = tensor([1], { requires_grad: true });
  const remembered = [0, 0.9].map((momentum) => {
    const opt = new optim.SGD([w], { lr: 0.1, momentum });
    w.grad = tensor([1]);
    opt.step();
    return [opt.state.size, Object.keys(opt.state_dict().state)];
  });
  assert.equal(remembered, [
    [0, []],
    [1, ["0"]],
  ]);
});

test("add_param_group fills in defaults and checks", () => {
  const { w, opt } = trained(1);
  const late = one();
  opt.add_param_group({ params: late, lr: 0.5 });
  assert.is(opt.param_groups[1]!.momentum, 0.9);
  assert.is(opt.param_groups[1]!.lr, 0.5);
  const wrong: [unknown, RegExp][] = [
    [{ params: w }, /some parameters appear in more than one parameter group/],
    [[one()], /param_group must be a dict, but got Array/],
    [{}, /'params'/],
  ];
  for (const [group, message] of wrong) {
    assert.throws(() => opt.add_param_group(group as never), message);
  }
});

test("an option that does not exist is named, with the known ones", () => {
  assert.throws(
    () => new SGD([one()], { lrr: 0.1 } as object),
    /^unknown option: "lrr". Known: lr, momentum, .* Did you mean "lr"\?$/,
  );
});

test.run();
