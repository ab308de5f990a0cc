import * as Plot from "@observablehq/plot";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bars } from "../../lib/teach/bars.ts";
import type { Chart } from "../../lib/teach/chart.ts";
import { contour } from "../../lib/teach/contour.ts";
import { jupyterDisplay } from "../../lib/teach/display.ts";
import { figure } from "../../lib/teach/figure.ts";
import { apart } from "../../lib/teach/labels.ts";
import { lines } from "../../lib/teach/lines.ts";
import { drawCharts } from "../../lib/teach/plot.ts";
import { rasterize, toPng } from "../../lib/teach/png.ts";
import { bowl, valley } from "../../lib/teach/surfaces.ts";
import { powerOfTen } from "../../lib/teach/ticks.ts";
import { untrusted } from "./untrusted.ts";

const test = suite("figure");

const said = { caption: "Look at $\\mu$ & \\<this>.", alt: 'After 3 steps: "0.01" <&>' };
const chart: Chart = lines([{ label: "损失 0.25", points: [1, 0.1, 0, 0.01] }], {
  x: { label: "步数（步）" },
  y: { type: "log", label: "f (no unit)" },
});

async function show(plot: Chart | Chart[]) {
  const bundle = await figure(plot, said)[jupyterDisplay]();
  const html = bundle["text/html"] as string;
  const [, url = ""] = /src="data:image\/svg\+xml,([^"]*)"/.exec(html) ?? [];
  const svg = decodeURIComponent(url.replaceAll("&amp;", "&").replaceAll("&quot;", '"'));
  return { bundle, html, svg };
}

test("an untrusted notebook keeps the picture, its alternative and its caption", async () => {
  const left = untrusted((await show(chart)).html);
  assert.match(left, /<img src="data:image\/svg\+xml,/);
  assert.ok(left.includes('alt="After 3 steps: &quot;0.01&quot; &lt;&amp;&gt;"'));
  assert.match(left, /<figcaption[^>]*>Look at .*μ.* &#x26; &#x3C;this>\./);
});

test("the picture is a document of its own with a solid background", async () => {
  const { svg, bundle } = await show((plot) => ({
    marks: [plot.lineY([1, 2, 3], { clip: true })],
  }));
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="640" height="400"/);
  assert.match(svg, /<rect width="640" height="400" fill="#ffffff"/);
  assert.match(svg, /<\/svg>$/);
  assert.not.match(svg, /<style/);
  assert.is(bundle["text/plain"], 'Look at μ & <this>.\n[After 3 steps: "0.01" <&>]');
});

test("the same figure has the same bytes, however many were drawn before", async () => {
  const clipped: Chart = { marks: [Plot.lineY([1, 2, 3], { clip: true })] };
  const first = (await show(clipped)).bundle;
  await show(clipped);
  assert.equal((await show(clipped)).bundle, first);
  assert.match((await show(clipped)).svg, /id="clip-1"/);
});

test("what is written keeps its digits, what is drawn loses needless ones", async () => {
  const { svg } = await show(chart);
  assert.ok(svg.includes(">损失 0.25<"));
  assert.not.match(svg, / d="[^"]*\.\d{2}/);
});

test("the PNG has the size of the picture and almost its colours", async () => {
  const stops = ["red", "lime", "blue", "white"].map(
    (color, i) => `<stop offset="${i / 3}" stop-color="${color}"/>`,
  );
  const open = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">';
  const drawn =
    `${open}<linearGradient id="g">${stops.join("")}</linearGradient>` +
    '<rect width="300" height="200" fill="url(#g)"/></svg>';
  const png = await toPng(drawn);
  const url = `data:image/png;base64,${png}`;
  const image = `${open}<image width="300" height="200" href="${url}"/></svg>`;
  const { width, height, pixels } = await rasterize(image);
  assert.equal([width, height], [300, 200]);
  const off = (await rasterize(drawn)).pixels.map((value, i) => Math.abs(value - pixels[i]!));
  assert.ok(off.every((difference) => difference <= 12));
});

test("several charts stand side by side under their titles", async () => {
  const panel: Chart = { marks: [Plot.frame()], width: 300, height: 200 };
  const { svg, width } = await drawCharts([{ ...panel, title: "A & B" }, panel]);
  assert.is(width, 600);
  assert.match(svg, /viewBox="0 0 600 226"/);
  assert.match(svg, /<text x="150"[^>]*>A &amp; B</);
  assert.match(svg, /<svg x="300" y="0"/);
});

test("points that a log axis cannot show are gaps", async () => {
  const { svg } = await show(
    lines([{ label: "a", points: [1, 0, 0.1, 0.01] }], { y: { type: "log" } }),
  );
  const [, d = ""] = /stroke="#0072b2"[^>]*><path d="([^"]+)"/.exec(svg) ?? [];
  assert.is(d.match(/M/g)?.length, 2, d);
});

test("a walk that explodes is drawn as far as it can be", async () => {
  const points = Array.from({ length: 400 }, (_, k) => [10 ** k, -(10 ** k)]);
  const { svg } = await show(contour(valley(10), [{ label: "lost", points }]));
  assert.not.match(svg, /NaN|Infinity|\d{7}/);
});

test("bars in parts are stacked, named above and measured at their ends", async () => {
  const { svg } = await show(
    bars([
      { label: "SGD", value: { weights: 4 } },
      { label: "Adam", value: { weights: 4, state: 8 } },
    ]),
  );
  for (const said of ["SGD", "Adam", "weights", "state", "4", "12"]) {
    assert.ok(svg.includes(`>${said}</text>`), said);
  }
  const lengths = [...svg.matchAll(/<rect fill="#\w+"[^>]* width="([\d.]+)"/g)];
  const [sgd, none, weights, state] = lengths.map(([, length]) => Number(length));
  assert.is(none, 0);
  assert.is(weights, sgd);
  assert.ok(Math.abs(state! - 2 * weights!) < 2, `${weights} and ${state}`);
});

test("bars of one kind need no key", async () => {
  const { svg } = await show(bars([{ label: "a", value: 1.23456 }]));
  assert.ok(svg.includes(">1.23</text>"));
  assert.not.match(svg, /<path[^>]* fill="#0072b2"/);
});

const refused: [name: string, make: () => unknown, message: RegExp][] = [
  ["no alternative", () => figure(chart, { caption: "c", alt: " " }), /figure: no alt/],
  ["no caption", () => figure(chart, { caption: "", alt: "a" }), /figure: no caption/],
  ["no plot", () => figure([], said), /figure: no plot/],
  ["six lines", () => lines(Array(6).fill({ label: "", points: [] })), /lines: 6 series/],
  [
    "six kinds of parts",
    () => bars([{ label: "", value: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 } }]),
    /bars: 6 kinds of parts/,
  ],
  ["a curve as a map", () => contour(bowl()), /surface: bowl is a curve, use lines/],
];

for (const [name, make, message] of refused) {
  test(`refused: ${name}`, () => assert.throws(make, message));
}

test("a legend would be lost, so it is refused", async () => {
  const plot: Chart = { color: { legend: true }, marks: [Plot.dot([[1, 2, "a"]], { fill: "2" })] };
  try {
    await show(plot);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /legend.*label the lines directly/);
  }
});

/** Marks that leave the frame, whose axes go from 0 to 1, by so much. */
const leaving: Record<string, (plot: typeof Plot, far: number) => Plot.Markish[]> = {
  "a line": (plot, far) => [
    plot.line([
      [0.5, -far],
      [0.5, far],
    ]),
  ],
  "a dashed line": (plot, far) => [
    plot.line(
      [
        [0.5, -far],
        [0.5, far],
      ],
      { strokeDasharray: "7 3" },
    ),
  ],
  "a line that comes back": (plot, far) => [
    plot.line([
      [0.5, 0],
      [0.5, far],
      [-far, far],
      [-far, 0.5],
      [1, 0.5],
    ]),
  ],
  "an area": (plot, far) => [
    plot.areaY(
      [
        [-far, far],
        [far, far],
      ],
      { x: "0", y: "1" },
    ),
  ],
  // The width of a rectangle has no digits left beyond.
  "a bar to the left": (plot, far) => [plot.barX([-Math.min(far, 1e9)], { insetRight: -50 })],
  "a rule": (plot, far) => [plot.ruleX([0.5], { y1: -far, y2: far, strokeWidth: 4 })],
  "an arrow": (plot, far) => [plot.arrow([0], { x1: 0.5, y1: 0, x2: 0.5, y2: far })],
  "points and labels": (plot, far) => [
    plot.dot(
      [
        [0.5, 0.5],
        [-far, far],
        [far, -far],
      ],
      { r: 20, fill: "black" },
    ),
    plot.text(
      [
        [0.2, 0.2],
        [-far, far],
      ],
      { text: () => "here" },
    ),
  ],
};

const inFrame = (marks: Plot.Markish[]): Plot.PlotOptions => ({
  x: { domain: [0, 1] },
  y: { domain: [0, 1] },
  clip: true,
  marks,
});

const inked = async (chart: Chart) => {
  const { pixels } = await rasterize((await drawCharts([chart])).svg);
  return pixels.reduce((sum, value, i) => (i % 4 === 0 && value < 128 ? sum + 1 : sum), 0);
};

// The PNG's maker once ended the kernel for a line that left its frame by 2000 pixels.
for (const [name, marks] of Object.entries(leaving)) {
  test(`${name} that goes far outside is drawn where it is inside`, async () => {
    const [none, near] = await Promise.all(
      [[], marks(Plot, 1.5)].map((some) => inked(inFrame(some))),
    );
    for (const far of [2.5, 4, 1e2, 1e4, 1e7, 1e20, 1e300]) {
      const ink = await inked(inFrame(marks(Plot, far)));
      assert.ok(ink > none! + 0.6 * (near! - none!), `${far}: ${ink} of ${near}, ${none} are axes`);
      assert.ok(ink < near! * 1.6, `${far}: ${ink} of ${near}`);
    }
  });
}

test("a curve that goes far outside is bent, and no more", async () => {
  for (const far of [2.5, 4, 1e2, 1e4, 1e7, 1e20, 1e300]) {
    const curve: Chart = (plot) =>
      inFrame([
        plot.line({ length: 3 }, { x: [0.4, 0.5, far], y: [-far, 0.5, far], curve: "natural" }),
      ]);
    assert.ok((await inked(curve)) > 0);
  }
});

const mistaken: [make: () => Chart, says: string][] = [
  [() => lines([{ label: "a", points: undefined as never }]), 'points of "a": undefined'],
  [() => lines([{ label: "a", points: [1, "2" as never] }]), 'point 1 of "a": 2'],
  [() => bars([{ label: "a", value: null as never }]), 'value of "a": null'],
];

for (const [make, says] of mistaken) {
  test(`what is no number is named: ${says}`, async () => {
    const error = await Promise.resolve()
      .then(() => drawCharts([make()]))
      .catch(String);
    assert.match(String(error), `TypeError: ${says}. Give`);
  });
}

test("a missing point is a gap", async () => {
  const [some, none] = await Promise.all(
    [undefined, NaN].map((gap) => {
      return drawCharts([lines([{ label: "a", points: [1, 2, gap as number, 3, 1] }])]);
    }),
  );
  assert.is(some!.svg, none!.svg);
});

for (const size of [0, -5, NaN, Infinity, 1e5]) {
  test(`a figure of ${size} pixels is refused`, async () => {
    const error = await drawCharts([{ height: size }]).catch(String);
    assert.is(error, `RangeError: height of a figure: ${size}. It is in pixels, from 50 to 4000`);
  });
}

const ticks: [value: number, text: string][] = [
  [1, "1"],
  [1000, "1000"],
  [0.01, "0.01"],
  [0.001, "0.001"],
  [0.0001, "10⁻⁴"],
  [1e-12, "10⁻¹²"],
  [1e6, "10⁶"],
  [5e-5, "5·10⁻⁵"],
  [0.05, "0.05"],
];

for (const [value, text] of ticks) {
  test(`a tick at ${value}`, () => assert.is(powerOfTen(value), text));
}

const places: [wished: number[], given: number[]][] = [
  [
    [10, 50],
    [10, 50],
  ],
  [
    [10, 12],
    [10, 26],
  ],
  [
    [12, 10, 11],
    [42, 10, 26],
  ],
  [
    [95, 96],
    [68, 84],
  ],
  [[], []],
];

for (const [wished, given] of places) {
  test(`labels at ${wished} stand apart`, () => assert.equal(apart(wished, 16, 100), given));
}

test.run();
