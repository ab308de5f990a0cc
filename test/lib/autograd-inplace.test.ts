/** Changes in place, versions, hooks, and what backward keeps. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  enable_grad,
  grad,
  no_grad,
  ones,
  stack,
  cat,
  type Tensor,
  tensor,
  where,
  zeros,
} from "../../lib/autograd/index.ts";

const leaf = () => tensor([1, 2, 3], { requires_grad: true });

const inPlace: [name: string, run: (x: Tensor) => Tensor, expected: number[]][] = [
  ["copy_", (x) => x.copy_(tensor([7])), [7, 7, 7]],
  ["fill_", (x) => x.fill_(5), [5, 5, 5]],
  ["zero_", (x) => x.zero_(), [0, 0, 0]],
  ["add_", (x) => x.add_(x), [2, 4, 6]],
  ["add_ alpha", (x) => x.add_(tensor([10, 20, 30]), { alpha: 0.5 }), [6, 12, 18]],
  ["sub_", (x) => x.sub_(1), [0, 1, 2]],
  ["mul_", (x) => x.mul_(tensor([2, 0, 1])), [2, 0, 3]],
  ["div_", (x) => x.div_(2), [0.5, 1, 1.5]],
  ["pow_", (x) => x.pow_(2), [1, 4, 9]],
  ["clamp_", (x) => x.clamp_(2), [2, 2, 3]],
  ["neg_", (x) => x.neg_(), [-1, -2, -3]],
  ["sqrt_", (x) => x.pow_(2).sqrt_(), [1, 2, 3]],
];

for (const [name, run, expected] of inPlace) {
  test(`${name} changes the tensor, its memory stays`, () => {
    const x = tensor([1, 2, 3]);
    const { data } = x;
    assert.is(run(x), x);
    assert.is(x.data, data);
    assert.equal(x.tolist(), expected);
    assert.ok(x.version > 0);
  });
  test(`${name} refuses a leaf that requires grad, and leaves it as it is`, () => {
    const x = leaf();
    assert.throws(() => run(x), /a leaf Variable that requires grad is being used in an in-place/);
    assert.equal(x.tolist(), [1, 2, 3]);
    no_grad(() => run(x));
    assert.equal(x.tolist(), expected);
    assert.is(x.is_leaf, true);
  });
}

const modified =
  /modified by an inplace operation: \[torch.FloatTensor \[3\]\].*is at version 1; expected version 0/;

const needed: [name: string, make: (x: Tensor) => [y: Tensor, loss: Tensor]][] = [
  [
    "an input",
    (x) => {
      const y = x.mul(1);
      return [y, y.mul(y)];
    },
  ],
  [
    "a result",
    (x) => {
      const y = x.exp();
      return [y, y.sum()];
    },
  ],
  ["a leaf, under no_grad", (x) => [x, x.mul(x)]],
  [
    "a detached alias of it",
    (x) => {
      const y = x.mul(1);
      return [y.detach(), y.mul(y)];
    },
  ],
];
for (const [name, make] of needed) {
  test(`backward notices that a value it needs was changed: ${name}`, () => {
    const [y, loss] = make(leaf());
    no_grad(() => y.add_(1));
    assert.throws(() => loss.sum().backward(), modified);
  });
}

test("a result that was used before it was changed keeps its old history", () => {
  const x = leaf();
  const y = x.mul(2);
  const z = y.add(1);
  y.mul_(10);
  z.sum().add(y.sum()).backward();
  assert.equal(x.grad!.tolist(), [22, 22, 22]);
});

test("a tensor without grad becomes part of the graph when one with grad is added", () => {
  const [x, total] = [leaf(), zeros([3])];
  total.add_(x).add_(x);
  assert.is(total.requires_grad, true);
  total.sum().backward();
  assert.equal(x.grad!.tolist(), [2, 2, 2]);
});

test("float64 into float32 in place: the type stays, the gradient arrives", () => {
  const x = tensor([1, 2], { dtype: "float64", requires_grad: true });
  const y = zeros([2]).add_(x.mul(3));
  assert.is(y.dtype, "float32");
  y.sum().backward();
  assert.equal(x.grad!.tolist(), [3, 3]);
  assert.is(x.grad!.dtype, "float64");
});

test("hooks see the whole gradient once and may replace it; handles remove them", () => {
  const x = leaf();
  const seen: unknown[] = [];
  const handle = x.register_hook((g) => void seen.push(g.tolist()));
  x.register_hook((g) => g.mul(10));
  const y = x.mul(2);
  y.register_hook((g) => {
    seen.push(g.tolist());
    return g.neg();
  });
  y.add(y).sum().add(x.sum()).backward();
  assert.equal(seen, [
    [2, 2, 2],
    [-3, -3, -3],
  ]);
  assert.equal(x.grad!.tolist(), [-30, -30, -30]);
  handle.remove();
  x.sum().backward();
  assert.is(seen.length, 2);
  assert.equal(x.grad!.tolist(), [-20, -20, -20]);
});

test("retain_grad keeps the gradient of a result, also after a change in place", () => {
  const x = leaf();
  const y = x.mul(2);
  y.retain_grad();
  y.add_(1);
  y.mul(3).sum().backward();
  assert.equal(y.grad!.tolist(), [3, 3, 3]);
  assert.equal(x.grad!.tolist(), [6, 6, 6]);
});

test("grad: leaves and results, nobody's grad changes, only what is needed is freed", () => {
  const x = leaf();
  const y = x.pow(2);
  const loss = y.pow(2).sum();
  const [atY] = grad(loss, y);
  assert.equal(atY!.tolist(), [2, 8, 18]);
  y.backward(atY);
  assert.equal(x.grad!.tolist(), [4, 32, 108]);
  const other = leaf();
  assert.equal(grad(x.sum(), [x, other], { allow_unused: true })[1], null);
  assert.throws(() => grad(x.sum(), other), /appears to not have been used in the graph/);
  assert.equal(
    grad([x.sum(), x.mul(2)], x, { grad_outputs: [undefined, ones([3])] })[0]!.tolist(),
    [3, 3, 3],
  );
});

test("a graph that saved nothing can be walked again; one with saved values with retain_graph", () => {
  const x = leaf();
  const plain = x.add(2).sum();
  plain.backward();
  plain.backward();
  const square = x.mul(x).sum();
  square.backward(undefined, { retain_graph: true });
  square.backward();
  assert.equal(x.grad!.tolist(), [6, 10, 14]);
  assert.throws(() => square.backward(), /a second time.*retain_graph: true/);
});

test("a hook may call backward on another graph", () => {
  const [x, z] = [leaf(), leaf()];
  x.register_hook(() => enable_grad(() => z.pow(2).sum().backward()));
  x.sum().backward();
  assert.equal(z.grad!.tolist(), [2, 4, 6]);
  assert.equal(x.grad!.tolist(), [1, 1, 1]);
});

test("the third derivative of x ** 4", () => {
  const x = tensor([2], { dtype: "float64", requires_grad: true });
  let y: Tensor = x.pow(4).sum();
  for (let i = 0; i < 3; i++) [y] = grad(y, x, { create_graph: true }) as [Tensor];
  assert.is(y.item(), 48);
});

test("detach_, requires_grad_, no_grad and enable_grad", () => {
  const x = leaf();
  const y = x.mul(2);
  assert.throws(
    () => y.requires_grad_(false),
    /can only change requires_grad flags of leaf variables/,
  );
  assert.is(y.detach_().requires_grad, false);
  assert.is(x.requires_grad_(false).mul(2).requires_grad, false);
  x.requires_grad_();
  assert.equal(
    no_grad(() => [x.mul(2).requires_grad, enable_grad(() => x.mul(2).requires_grad)]),
    [false, true],
  );
  assert.throws(
    () =>
      no_grad(() => {
        throw new Error("inside");
      }),
    /inside/,
  );
  assert.is(x.mul(2).requires_grad, true, "recording goes on after an error");
});

test("a tensor of a graph can be printed as JSON, without going in circles", () => {
  assert.ok(JSON.stringify(leaf().detach()).includes('"shape":[3]'));
});

const errors: [name: string, run: () => unknown, message: RegExp][] = [
  [
    "shape in place",
    () => zeros([3]).add_(ones([2, 3])),
    /output with shape \[3\] doesn't match the broadcast shape \[2, 3\]/,
  ],
  [
    "hook",
    () => zeros([1]).register_hook(() => {}),
    /cannot register a hook on a tensor that doesn't/,
  ],
  [
    "retain_grad",
    () => zeros([1]).retain_grad(),
    /can't retain_grad on Tensor that has requires_grad=False/,
  ],
  ["nothing behind", () => zeros([]).backward(), /element 0 of tensors does not require grad/],
  [
    "shape of the gradient",
    () =>
      leaf()
        .sum()
        .backward(ones([2])),
    /grad_output\[0\] has a shape of \[2\]/,
  ],
  [
    "broadcast",
    () => ones([2, 3]).add(ones([4])),
    /a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1/,
  ],
  [
    "batches",
    () => ones([2, 2, 3]).matmul(ones([3, 3, 2])),
    /a \(2\) must match the size of tensor b \(3\)/,
  ],
  ["vectors", () => ones([3]).matmul(ones([4])), /\[3\] and \[4\]/],
  [
    "cat",
    () => cat([ones([2, 3]), ones([2, 4])]),
    /must match except in dimension 0.*\[2, 4\] for tensor number 1/,
  ],
  ["stack", () => stack([ones([2]), ones([3])]), /got \[2\] at entry 0 and \[3\] at entry 1/],
  [
    "expand",
    () => ones([2, 3]).expand([4, 4]),
    /expanded size of the tensor \(4\) must match the existing size \(3\)/,
  ],
  ["expand to fewer", () => ones([2, 3]).expand([3]), /Tensor sizes: \[2, 3\]/],
  [
    "narrow",
    () => ones([2, 3]).narrow(0, 1, 5),
    /start \(1\) \+ length \(5\) exceeds dimension size \(2\)/,
  ],
  ["select", () => ones([2, 3]).at(5), /index 5 is out of bounds for dimension 0 with size 2/],
  ["too many indices", () => ones([2]).at(0, 0), /too many indices for tensor of dimension 1/],
  ["permute", () => ones([2, 3]).permute([0, 0]), /duplicate dims are not allowed/i],
  ["unsqueeze", () => ones([3]).unsqueeze(5), /range of \[-2, 1\], but got 5/],
  ["where", () => where(ones([2]), ones([3]), 0), /must match the size/],
];
for (const [name, run, message] of errors)
  test(`error: ${name}`, () => assert.throws(run, message));

test.run();
