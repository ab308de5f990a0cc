/** The numbers that chapter 06's cards state, recomputed with the library. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { SGD, type SGDOptions } from "../../lib/optim/index.ts";
import { readCards } from "../../flashcards/source.ts";

/** Steps of SGD on ½Σ hᵢxᵢ² from (1, 1) until ‖x‖ < 1e-6; null if that takes more than 10000. */
function steps(curvatures: number[], options: Partial<SGDOptions>): number | null {
  const x = tensor([1, 1], { dtype: "float64", requires_grad: true });
  const optimizer = new SGD([x], options);
  for (let k = 1; k <= 10_000; k++) {
    const gradient = curvatures.map((h, i) => h * x.data[i]!);
    x.grad = tensor(gradient, { dtype: "float64" });
    optimizer.step();
    if (Math.hypot(...x.data) < 1e-6) return k;
  }
  return null;
}

const said = (id: string) => {
  const { front, back } = readCards("06-momentum").cards[id]!;
  return `${front.en} ${back.en}`;
};

const best = (kappa: number) => ({
  lr: (2 / (Math.sqrt(kappa) + 1)) ** 2,
  momentum: ((Math.sqrt(kappa) - 1) / (Math.sqrt(kappa) + 1)) ** 2,
});

test("ch06-03: descent needs ten times the steps, momentum the square root of it", () => {
  const descent = [100, 1000].map((kappa) => steps([1, kappa], { lr: 2 / (1 + kappa) }));
  const momentum = [100, 1000].map((kappa) => steps([1, kappa], best(kappa)));
  assert.ok(said("ch06-03").includes(`${descent[0]} → ${descent[1]} steps`));
  assert.ok(said("ch06-03").includes(`${momentum[0]} → ${momentum[1]} steps`));
});

test("ch06-04: the best momentum at 100 is about 0.67", () => {
  assert.ok(said("ch06-04").includes(`\\approx ${best(100).momentum.toFixed(2)}`));
});

test("ch06-05 and ch06-06: what the buffer holds on a straight slope", () => {
  const buffers = (options: Partial<SGDOptions>, count: number) => {
    const x = tensor([0], { dtype: "float64", requires_grad: true });
    const optimizer = new SGD([x], options);
    return Array.from({ length: count }, () => {
      x.grad = tensor([1], { dtype: "float64" });
      optimizer.step();
      const state = optimizer.state.get(x)!.momentum_buffer as { data: ArrayLike<number> };
      return state.data[0]!;
    });
  };
  const long = buffers({ lr: 0.1, momentum: 0.9 }, 500).at(-1)!;
  assert.ok(Math.abs(long - 10) < 1e-9);
  assert.ok(said("ch06-05").includes("\\frac{1}{1-\\mu} = 10"));
  const [first, second] = buffers({ momentum: 0.9, dampening: 0.5 }, 2);
  assert.ok(said("ch06-06").includes(`**${first!.toFixed(1)}**, then **${second!.toFixed(1)}**`));
  const average = buffers({ momentum: 0.9, dampening: 0.9 }, 500).at(-1)!;
  assert.ok(Math.abs(average - 1) < 1e-9, "an average only if dampening equals momentum");
});

const walls: [card: string, nesterov: boolean, wall: number][] = [
  ["ch06-07", false, (2 * 1.9) / 100],
  ["ch06-08", true, (2 * 1.9) / (100 * 2.8)],
];

for (const [card, nesterov, wall] of walls) {
  test(`${card}: inside the wall it arrives, outside it does not`, () => {
    const at = (lr: number) => steps([1, 100], { lr, momentum: 0.9, nesterov });
    assert.type(at(wall * 0.999), "number");
    assert.is(at(wall * 1.001), null);
    assert.ok(said(card).includes(`${+(wall * 100).toFixed(2)}/L`));
  });
}

test("ch06-02: Nesterov without momentum, or with dampening, is a ValueError", () => {
  const x = tensor([0], { requires_grad: true });
  for (const options of [{ momentum: 0 }, { momentum: 0.9, dampening: 0.1 }]) {
    assert.throws(() => new SGD([x], { ...options, nesterov: true }), /Nesterov momentum requires/);
  }
});

test.run();
