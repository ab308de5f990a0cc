/** Parameters and state swapped in for a while: what stays outside, what changes inside, what is refused. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Tensor, tensor } from "../../lib/autograd/index.ts";
import { set_default_device } from "../../lib/kernels/index.ts";
import * as optim from "../../lib/optim/index.ts";

const { swap_in_optimizer_params_and_state: swapIn } = optim;
type Saved = optim.StateDict<object>;
type Class = new (params: Tensor[], options?: object) => optim.Optimizer<object>;

const leaf = (values: number[]) => tensor(values, { requires_grad: true });
const GRADS = [
  [0.5, -1, 2],
  [1, 0.25, -3],
  [-0.125, 4, 1],
];
function advance(opt: optim.Optimizer<object>, w: Tensor, grads: number[][]): void {
  for (const grad of grads) {
    w.grad = tensor(grad);
    opt.step(() => 0);
  }
}
/** The state as it is now: tensors copied. */
function copyOf({ state, param_groups }: Saved): Saved {
  const states = Object.entries(state).map(([id, held]) => [
    id,
    Object.fromEntries(
      Object.entries(held).map(([name, value]) => [
        name,
        value !== null && typeof value === "object" ? value.clone() : value,
      ]),
    ),
  ]);
  return { state: Object.fromEntries(states) as Saved["state"], param_groups };
}

for (const name of ["SGD", "Adagrad", "AdamW", "NAdam", "ASGD", "Adafactor"]) {
  for (const device of ["js", "wasm"] as const) {
    test(`${name} on ${device}: a step on swapped-in numbers is the step, and the own ones stay`, () => {
      set_default_device(device);
      const Optim = (optim as unknown as Record<string, Class>)[name]!;
      const options = name === "SGD" ? { momentum: 0.9 } : {};
      const w = leaf([1, 2, 3]);
      const opt = new Optim([w], options);
      advance(opt, w, GRADS.slice(0, 2));
      const saved = copyOf(opt.state_dict());
      const other = leaf(w.tolist() as number[]);
      const before = [w.tolist(), JSON.stringify(opt.state_dict())];
      swapIn(opt, { other }, saved, () => {
        assert.is(opt.param_groups[0]!.params[0], other);
        advance(opt, other, GRADS.slice(2));
      });
      assert.is(opt.param_groups[0]!.params[0], w);
      assert.equal([w.tolist(), JSON.stringify(opt.state_dict())], before);
      advance(opt, w, GRADS.slice(2));
      assert.equal(other.tolist(), w.tolist());
      const [mine] = opt.state.values();
      for (const [key, value] of Object.entries(saved.state[0]!)) {
        if (typeof value !== "object" || value === null) continue;
        assert.equal(value.tolist(), (mine![key] as Tensor).tolist(), key);
      }
      set_default_device("auto");
    });
  }
}

test("options are swapped too; an error inside brings everything back", () => {
  const w = leaf([1]);
  const opt = new optim.SGD([w], { lr: 0.5, momentum: 0.5 });
  advance(opt as never, w, [[1]]);
  const saved = copyOf(opt.state_dict() as never);
  const groups = saved.param_groups.map((group) => ({ ...group, lr: 4 }));
  const failing = () =>
    swapIn(opt as never, { a: leaf([1]) }, { ...saved, param_groups: groups }, () => {
      assert.is(opt.param_groups[0]!.lr, 4);
      throw new Error("inside");
    });
  assert.throws(failing, "inside");
  assert.is(opt.param_groups[0]!.lr, 0.5);
  assert.is(opt.param_groups[0]!.params[0], w);
  assert.is(opt.state.size, 1);
});

test("what does not fit is refused in PyTorch's words, and nothing is swapped", () => {
  const w = leaf([1, 2]);
  const fresh = new optim.Adam([w]);
  const opt = new optim.Adam([w]);
  advance(opt as never, w, [[1, 1]]);
  const saved = opt.state_dict() as unknown as Saved;
  const [group] = saved.param_groups;
  const { lr: _, ...without } = group as { lr: number; params: number[] };
  const cases: [RegExp, optim.Optimizer<never>, Record<string, Tensor>, object][] = [
    [/requires initialized optimizer state\.$/, fresh as never, { w }, saved],
    [/a different number of parameter groups/, opt as never, { w }, { ...saved, param_groups: [] }],
    [
      /^swapin_optim_state param group 0 has a different number of params/,
      opt as never,
      { w },
      { ...saved, param_groups: [{ ...group, params: [0, 1] }] },
    ],
    [/Keys only in live: \[lr\]/, opt as never, { w }, { ...saved, param_groups: [without] }],
    [/match optimizer\.param_groups ordering\.$/, opt as never, {}, saved],
    [/got extra keys \[7\]/, opt as never, { w }, { ...saved, state: { 7: {} } }],
  ];
  for (const [message, optimizer, params, state] of cases) {
    assert.throws(() => swapIn(optimizer, params, state as never, assert.unreachable), message);
  }
  assert.is(opt.param_groups[0]!.params[0], w);
});

test.run();
