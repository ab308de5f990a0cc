import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bentValley,
  bowl,
  desert,
  drizzle,
  hubbub,
  saddle,
  type Surface,
  turnedValley,
  valley,
} from "../../lib/teach/surfaces.ts";

const all: [surface: Surface, atStart: number, lowest: number][] = [
  [bowl(), 0.5, 0],
  [bowl(10), 5, 0],
  [valley(100), 50.5, 0],
  [turnedValley(100, 0), 72.045, 0],
  [turnedValley(100, 90), 5.22, 0],
  [turnedValley(4, 30), 1.951096, 0],
  [bentValley(), 24.2, 0],
  [saddle(), 2 - 1e-8, 0],
  [desert(), 1, 0],
  [drizzle(100, 0), 50.5, 0],
];

for (const [surface, atStart, lowest] of all) {
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} and ${b}`);

  test(`${surface.name}: its value at the start and at its lowest points`, () => {
    near(surface.value(...surface.start), atStart);
    for (const place of surface.minima) near(surface.value(...place), lowest);
  });

  test(`${surface.name}: the gradient is the slope of the value, and 0 at the bottom`, () => {
    const h = 1e-6;
    for (const [x, y] of [surface.start, [0.3, -0.7], [-0.4, 0.2]] as [number, number][]) {
      const [gx, gy] = surface.gradient(x, y);
      near(gx, (surface.value(x + h, y) - surface.value(x - h, y)) / (2 * h));
      near(gy, (surface.value(x, y + h) - surface.value(x, y - h)) / (2 * h));
    }
    for (const place of surface.minima) surface.gradient(...place).forEach((g) => near(g, 0));
  });

  test(`${surface.name}: its text means the same where nothing else is known`, () => {
    const { value, gradient, parameters } = surface.source;
    const run = (code: string) => new Function("p", `return (${code})`)(parameters) as never;
    const call = run(value) as (...a: unknown[]) => number;
    const slope = run(gradient) as (...a: unknown[]) => number[];
    assert.is(call(0.3, -0.7, parameters), surface.value(0.3, -0.7));
    assert.equal(
      slope(0.3, -0.7, parameters, () => 0),
      surface.gradient(0.3, -0.7),
    );
  });

  test(`${surface.name}: starts inside its box`, () => {
    const { box, start } = surface;
    start.forEach((v, i) => {
      const [from, to] = i === 0 ? box.x : box.y;
      assert.ok(v >= from && v <= to);
    });
  });
}

test("drizzle is seeded: the same noise every time, of the given size, about zero", () => {
  const draw = () => {
    const surface = drizzle(1, 2, 7);
    return Array.from({ length: 20_000 }, () => surface.gradient(0, 0)[0]);
  };
  const noise = draw();
  assert.equal(noise, draw());
  const mean = noise.reduce((sum, n) => sum + n) / noise.length;
  const deviation = Math.sqrt(noise.reduce((sum, n) => sum + n * n, 0) / noise.length);
  assert.ok(Math.abs(mean) < 0.05 && Math.abs(deviation - 2) < 0.05, `${mean}, ${deviation}`);
});

test("hubbub has no slope: noise of two sizes about zero", () => {
  const surface = hubbub(0.1, 10, 7);
  const draws = Array.from({ length: 20_000 }, () => surface.gradient(1, 1));
  const size = (i: 0 | 1) => Math.sqrt(draws.reduce((sum, g) => sum + g[i] ** 2, 0) / draws.length);
  const mean = (i: 0 | 1) => draws.reduce((sum, g) => sum + g[i], 0) / draws.length / size(i);
  assert.ok(Math.abs(size(0) - 0.1) < 0.005 && Math.abs(size(1) - 10) < 0.5);
  assert.ok(Math.abs(mean(0)) < 0.05 && Math.abs(mean(1)) < 0.05);
});

test.run();
